package io.millrace.server.plan;

import io.millrace.feature.plan.ChangeKind;
import io.millrace.feature.plan.FeatureChange;
import io.millrace.feature.plan.ServiceChange;
import io.millrace.feature.plan.SourceChange;
import io.millrace.feature.plan.ViewChange;
import io.millrace.feature.plan.WindowWords;
import io.millrace.offline.plan.ViewSample;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A plan for people. A line begins with + new, ~ changed, - removed or = unchanged. */
public final class PlanText {
  private final Plan plan;
  private final PrintWriter out;

  private PlanText(Plan plan, PrintWriter out) {
    this.plan = plan;
    this.out = out;
  }

  public static void print(Plan plan, PrintWriter out) {
    PlanText text = new PlanText(plan, out);
    out.println(
        plan.applied()
            .map(
                a -> "compared with the definitions applied at " + a.at() + " (" + a.number() + ")")
            .orElse("nothing is applied yet"));
    for (SourceChange source : plan.changedSources()) {
      out.println(sign(source.kind()) + " source " + source.name());
      source.differences().forEach(difference -> out.println("      " + difference));
    }
    plan.changes().views().forEach(text::view);
    plan.changes().services().forEach(text::service);
    out.println(
        plan.breaks().isEmpty()
            ? plan.changes().none() ? "nothing changes" : "nothing breaks"
            : "refused: " + plan.breaks().size() + " breaking");
    plan.breaks().forEach(out::println);
  }

  private void view(ViewChange view) {
    out.println(
        sign(view.kind())
            + " view "
            + view.view().id()
            + " of "
            + view.view().entity().keys()
            + " from "
            + view.view().source());
    view.differences().forEach(difference -> out.println("      " + difference));
    if (view.kind() != ChangeKind.UNCHANGED) {
      out.println("      state: " + Words.state(view));
    }
    view.features().forEach(feature -> feature(view, feature));
    Plan.Sampled sampled = plan.samples().get(view.name());
    if (sampled != null) {
      sample(sampled);
    }
  }

  private void feature(ViewChange view, FeatureChange feature) {
    out.println(
        "    "
            + sign(feature.kind())
            + " "
            + feature.name()
            + ": "
            + Words.computation(feature.feature())
            + ", "
            + WindowWords.of(feature.feature().window())
            + "; "
            + WindowWords.errorBound(feature.feature().window()));
    feature.differences().forEach(difference -> out.println("        " + difference));
    if (feature.kind() == ChangeKind.UNCHANGED && view.differences().isEmpty()) {
      return;
    }
    if (feature.after().isPresent()) {
      out.println("        " + Words.backfill(feature));
    }
    Readers readers = plan.readersOf(view, feature);
    if (!readers.services().isEmpty()) {
      out.println("        read by " + String.join(", ", readers.services()));
    }
    if (!readers.models().isEmpty()) {
      out.println("        models: " + String.join(", ", readers.models()));
    }
  }

  private void sample(Plan.Sampled sampled) {
    if (sampled.result().isEmpty()) {
      out.println("      no sample: " + sampled.reason());
      return;
    }
    ViewSample.Result result = sampled.result().get();
    out.printf(
        Locale.ROOT, "      sample of %,d events, %d keys:%n", result.events(), result.keys());
    for (ViewSample.FeatureSample feature : result.features()) {
      out.printf(
          Locale.ROOT,
          "        %s: %,d of %,d values differ%s%n",
          feature.feature(),
          feature.differing(),
          feature.compared(),
          examples(feature.examples()));
    }
  }

  private static String examples(List<ViewSample.Example> examples) {
    return examples.isEmpty()
        ? ""
        : examples.stream()
            .map(
                e ->
                    e.key()
                        + " as of "
                        + Instant.ofEpochMilli(e.asOfMs())
                        + " "
                        + e.before()
                        + " -> "
                        + e.after())
            .collect(Collectors.joining("; ", ", such as ", ""));
  }

  private void service(ServiceChange service) {
    out.println(sign(service.kind()) + " service " + service.name());
    service.breaking().forEach(difference -> out.println("      " + difference));
    service.additions().forEach(difference -> out.println("      " + difference));
  }

  private static String sign(ChangeKind kind) {
    return switch (kind) {
      case NEW -> "+";
      case CHANGED -> "~";
      case REMOVED -> "-";
      case UNCHANGED -> "=";
    };
  }
}
