package io.millrace.server.serve;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A single feature as Feast refers to it, {@code view:feature} or {@code view@v2:feature}.
 *
 * @param version the version that is meant; empty means that which is defined
 */
record FeatureReference(String view, OptionalInt version, String feature) {
  private static final Pattern FORM = Pattern.compile("([^:@]+)(?:@v(\\d{1,9}))?:([^:@]+)");

  /**
   * @throws Refusal if the text is none
   */
  static FeatureReference parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw Refusal.invalid(
          "a feature is named view:feature or view@v2:feature, but one is "
              + (text.isEmpty() ? "empty" : Refusal.shown(text)));
    }
    return new FeatureReference(
        matcher.group(1),
        matcher.group(2) == null
            ? OptionalInt.empty()
            : OptionalInt.of(Integer.parseInt(matcher.group(2))),
        matcher.group(3));
  }

  ViewNode nodeIn(ViewGraph graph) {
    ViewNode node =
        graph.inOrder().stream()
            .filter(n -> n.view().name().equals(view))
            .findFirst()
            .orElseThrow(
                () ->
                    Refusal.unknown(
                        "feature view",
                        view,
                        graph.asDefined().stream().map(n -> n.view().name()).toList()));
    if (version.isPresent() && version.getAsInt() != node.view().version()) {
      throw new Refusal(
          Refusal.Kind.UNKNOWN,
          "the feature view "
              + view
              + " is served in version "
              + node.view().version()
              + ", not "
              + version.getAsInt()
              + "; ask for "
              + view
              + "@v"
              + node.view().version()
              + ":"
              + Refusal.shown(feature));
    }
    return node;
  }

  int columnIn(RowSchema schema) {
    List<String> known = schema.fields().stream().map(Field::name).toList();
    return schema
        .indexOf(feature)
        .orElseThrow(
            () ->
                Refusal.unknown(
                    "feature",
                    view + ":" + feature,
                    known.stream().map(name -> view + ":" + name).toList()));
  }
}
