package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.duckdb.VersionComparison;
import io.millrace.offline.duckdb.VersionComparison.FeatureComparison;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace compare}: how two versions of a view differ in what was seen of them. */
@Command(
    name = "compare",
    description = "Tell how two versions of a view differ, as of the same instants.",
    footer = {
      "",
      "Both versions must have rows in the offline store: the old one's of the job that serves, the"
          + " new one's of millrace backfill beside it.",
      "",
      "Example:",
      "  millrace compare --store offline --view carrier --versions 1,2 --since 2013-06-01"
    })
final class CompareCommand implements Callable<Integer> {
  private static final String[] QUANTILES = {"p50", "p90", "p99", "max"};

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The offline store.")
  private Path store;

  @Option(names = "--view", required = true, paramLabel = "NAME", description = "The view.")
  private String view;

  @Option(
      names = "--versions",
      required = true,
      split = ",",
      paramLabel = "N",
      description = "Two versions with a comma between them, the old one first.")
  private List<Integer> versions;

  @Option(
      names = "--sample",
      paramLabel = "N",
      defaultValue = "10000",
      description = "How many keys as of an instant to compare. Default: ${DEFAULT-VALUE}.")
  private long sample;

  @Option(
      names = "--since",
      paramLabel = "INSTANT",
      converter = InstantConverter.class,
      description = "From when on, in event time. Default: all that both versions cover.")
  private Optional<Instant> since = Optional.empty();

  @Option(
      names = "--fail-above",
      paramLabel = "SHARE",
      description = "End with status 1 if more than this share differs, such as 0.001.")
  private Optional<Double> failAbove = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (versions.size() != 2 || versions.get(0).equals(versions.get(1))) {
      throw new ParameterException(
          spec.commandLine(), "--versions names two versions, such as 1,2, but it is " + versions);
    }
    if (sample < 1) {
      throw new ParameterException(
          spec.commandLine(), "--sample is 1 or more, but it is " + sample);
    }
    if (failAbove.isPresent() && !(failAbove.get() >= 0 && failAbove.get() <= 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "--fail-above is a share from 0 to 1, such as 0.001, but it is " + failAbove.get());
    }
    VersionComparison comparison =
        VersionComparison.of(
            new OfflineStore(store), view, versions.get(0), versions.get(1), sample, since);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(toJson(comparison).toPrettyString());
    } else {
      print(comparison, out);
    }
    OptionalDouble most = failAbove.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    return comparison.instants() == 0
            || (most.isPresent() && comparison.differing() > most.getAsDouble())
        ? Millrace.FAILED
        : 0;
  }

  private static void print(VersionComparison found, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s version %d against version %d: %,d keys as of an instant, %,d equal in all features"
            + " (%.3f %%), %,d with no row in one of them%n",
        found.view(),
        found.before(),
        found.after(),
        found.instants(),
        found.equal(),
        100 * (1 - found.differing()),
        found.missing());
    for (FeatureComparison feature : found.features()) {
      out.printf(
          Locale.ROOT,
          "  %-28s %s%n",
          feature.feature(),
          feature.differing() == 0 ? "equal" : differences(found, feature));
    }
    found.only().forEach(one -> out.println("  " + one + " is in one of them only"));
  }

  private static String differences(VersionComparison found, FeatureComparison feature) {
    StringBuilder text =
        new StringBuilder(String.format(Locale.ROOT, "%,d differ", feature.differing()));
    if (feature.nullBefore() > 0) {
      text.append(
          String.format(
              Locale.ROOT, ", %,d null in v%d only", feature.nullBefore(), found.before()));
    }
    if (feature.nullAfter() > 0) {
      text.append(
          String.format(Locale.ROOT, ", %,d null in v%d only", feature.nullAfter(), found.after()));
    }
    append(text, "by", feature.absolute());
    append(text, "relatively", feature.relative());
    return text.toString();
  }

  private static void append(StringBuilder text, String word, List<Double> quantiles) {
    for (int i = 0; i < quantiles.size(); i++) {
      text.append(i == 0 ? "; " + word + " " : ", ")
          .append(String.format(Locale.ROOT, "%s %.3g", QUANTILES[i], quantiles.get(i)));
    }
  }

  private static ObjectNode toJson(VersionComparison found) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("view", found.view()).put("before", found.before()).put("after", found.after());
    root.put("instants", found.instants()).put("missing", found.missing());
    root.put("equal", found.equal());
    ArrayNode features = root.putArray("features");
    for (FeatureComparison feature : found.features()) {
      ObjectNode one = features.addObject();
      one.put("feature", feature.feature()).put("differing", feature.differing());
      one.put("nullBefore", feature.nullBefore()).put("nullAfter", feature.nullAfter());
      put(one.putObject("absolute"), feature.absolute());
      put(one.putObject("relative"), feature.relative());
    }
    ArrayNode only = root.putArray("only");
    found.only().forEach(only::add);
    return root;
  }

  private static void put(ObjectNode node, List<Double> quantiles) {
    for (int i = 0; i < quantiles.size(); i++) {
      node.put(QUANTILES[i], quantiles.get(i));
    }
  }
}
