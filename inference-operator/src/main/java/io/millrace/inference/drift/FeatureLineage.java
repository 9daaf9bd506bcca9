package io.millrace.inference.drift;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Of which columns of the events each value of a vector is made, and of how old events: so that
 * what a faulty column does to a window is known for what it is. Immutable and thread-safe.
 *
 * <pre>{@code
 * last_delay:     {last: arr_delay_min}               shows the column as it is
 * mean_delay_14d: {avg: arr_delay_min, window: 14d}   is made of it, of up to 14 days ago
 * }</pre>
 *
 * <p>A column is at fault while a feature that shows it as it is has an incident of its values,
 * that is, is frozen or all beyond what was ever seen. Nulls are not taken for one: they may as
 * well be of a key that is not found, which says nothing of the column. Nor is an incident of an
 * aggregate: a share that is 0 for a week may be true.
 *
 * <p>Columns are those of the source that a view reads itself; what a view takes from another view,
 * or joins, is not followed.
 */
public final class FeatureLineage {
  /** Knows nothing, so that no fault reaches further than it shows. */
  public static final FeatureLineage NONE = new FeatureLineage(Map.of());

  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final Map<String, Use> uses;

  /**
   * What one feature makes of columns.
   *
   * @param columns as {@code source.column}
   * @param shown whether it is the newest value of the one column, as it is
   * @param lookBackMs how long before a request its events may lie; 0 for those of the request, and
   *     for windows without an end in time
   */
  private record Use(Set<String> columns, boolean shown, long lookBackMs) {}

  private FeatureLineage(Map<String, Use> uses) {
    this.uses = Map.copyOf(uses);
  }

  /** That of a service's vector. */
  public static FeatureLineage of(Definitions definitions, String service) {
    FeatureService vector = definitions.service(service);
    Map<String, Use> uses = new HashMap<>();
    for (ServiceFeature feature : vector.features()) {
      uses.put(
          feature.name(),
          feature instanceof ServiceFeature.OfView ofView
              ? ofView(definitions, definitions.view(ofView.view()), ofView.feature())
              : computed(
                  definitions,
                  vector.request(),
                  ((ServiceFeature.Computed) feature).expression(),
                  uses));
    }
    return new FeatureLineage(uses);
  }

  private static Use ofView(Definitions definitions, FeatureView view, String name) {
    Feature feature =
        view.features().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
    if (feature.aggregation() == Aggregation.RATIO) {
      Use above = ofView(definitions, view, feature.input());
      return both(above, ofView(definitions, view, feature.parameters().over().orElseThrow()));
    }
    if (view.sourceView().isPresent()) {
      return new Use(Set.of(), false, 0);
    }
    Set<String> columns = columns(definitions, view.source(), feature.words());
    boolean shown =
        feature.aggregation() == Aggregation.LAST
            && feature.where().isEmpty()
            && columns.equals(Set.of(view.source() + "." + feature.input()));
    long lookBackMs = feature.window().lookBackMs();
    return new Use(columns, shown, lookBackMs == Long.MAX_VALUE ? 0 : lookBackMs);
  }

  private static Use computed(
      Definitions definitions, String request, String expression, Map<String, Use> before) {
    Set<String> words = new HashSet<>();
    Matcher matcher = WORD.matcher(expression);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    Set<String> columns = columns(definitions, request, words);
    Use use = new Use(columns, columns.equals(Set.of(request + "." + expression.strip())), 0);
    for (String word : words) {
      // A column is meant where a feature has its name.
      if (before.containsKey(word) && !columns.contains(request + "." + word)) {
        use = both(use, before.get(word));
      }
    }
    return use;
  }

  private static Set<String> columns(Definitions definitions, String source, Set<String> words) {
    Set<String> columns = new HashSet<>();
    for (String word : words) {
      if (definitions.source(source).schema().indexOf(word).isPresent()) {
        columns.add(source + "." + word);
      }
    }
    return columns;
  }

  private static Use both(Use one, Use other) {
    Set<String> columns = new HashSet<>(one.columns());
    columns.addAll(other.columns());
    return new Use(columns, false, Math.max(one.lookBackMs(), other.lookBackMs()));
  }

  /** The columns whose values a report of inputs shows to be at fault; in their order. */
  public Set<String> faultyColumns(DriftReport report) {
    Set<String> faulty = new LinkedHashSet<>();
    for (FeatureDrift drift : report.features()) {
      Use use = uses.get(drift.feature());
      if (use != null && use.shown() && drift.verdict() == Verdict.INCIDENT && !spiked(drift)) {
        faulty.addAll(use.columns());
      }
    }
    return faulty;
  }

  private static boolean spiked(FeatureDrift drift) {
    return drift.nulls() > drift.referenceNulls() + DriftTest.NULL_SPIKE;
  }

  /**
   * The features of a report that a faulty column may have moved, whatever their verdict: in its
   * pane, or because their windows reach back to one in which the column was at fault.
   *
   * @param faultyUntilMs by column, until when it was at fault in earlier panes
   * @return by feature the column
   */
  Map<String, String> moved(DriftReport report, Map<String, Long> faultyUntilMs) {
    Set<String> now = faultyColumns(report);
    Map<String, String> moved = new TreeMap<>();
    for (FeatureDrift drift : report.features()) {
      Use use = uses.get(drift.feature());
      if (use == null || use.shown()) {
        continue;
      }
      Optional<String> column =
          use.columns().stream()
              .filter(
                  name ->
                      now.contains(name)
                          || faultyUntilMs.getOrDefault(name, Long.MIN_VALUE)
                              > report.paneStartMs() - use.lookBackMs())
              .min(String::compareTo);
      column.ifPresent(name -> moved.put(drift.feature(), name));
    }
    return moved;
  }
}
