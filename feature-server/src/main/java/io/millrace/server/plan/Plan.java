package io.millrace.server.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.History;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.definition.DefinitionPlaces;
import io.millrace.feature.definition.Problem;
import io.millrace.feature.plan.Breaks;
import io.millrace.feature.plan.ChangeKind;
import io.millrace.feature.plan.Changes;
import io.millrace.feature.plan.Comparison;
import io.millrace.feature.plan.FeatureChange;
import io.millrace.feature.plan.ModelInUse;
import io.millrace.feature.plan.SourceChange;
import io.millrace.feature.plan.ViewChange;
import io.millrace.offline.OfflineException;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.ViewSample;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All there is to say of a change of definitions.
 *
 * @param applied what is applied now; empty if nothing is
 * @param breaks what refuses the change, each at its place with the fix
 * @param samples how values differ, by the name of the view
 */
public record Plan(
    Optional<Applied> applied,
    Changes changes,
    List<ModelInUse> models,
    List<Problem> breaks,
    Map<String, Sampled> samples) {
  private static final Definitions NOTHING = new Definitions(List.of(), List.of(), List.of());

  /**
   * What a sample told, or why there is none.
   *
   * @param reason empty if there is a result
   */
  public record Sampled(Optional<ViewSample.Result> result, String reason) {}

  /**
   * Plans the change from what is applied to the definitions of a folder.
   *
   * @param variables that the definitions were read with
   * @param sampleEvents how many events of a view's history are run through both definitions; 0 for
   *     none
   */
  public static Plan of(
      Optional<Applied> applied,
      Path folder,
      Map<String, String> variables,
      Definitions wanted,
      List<ModelInUse> models,
      long sampleEvents) {
    Definitions before = applied.map(a -> withDataOf(a, folder)).orElse(NOTHING);
    Changes changes = Comparison.between(before, wanted);
    List<Problem> breaks = Breaks.of(changes, models, DefinitionPlaces.of(folder, variables));
    Map<String, Sampled> samples = new LinkedHashMap<>();
    if (sampleEvents > 0) {
      for (ViewChange view : changes.views()) {
        List<String> features = sampled(view, changes);
        if (!features.isEmpty()) {
          samples.put(view.name(), sample(view, changes, features, sampleEvents));
        }
      }
    }
    return new Plan(applied, changes, models, breaks, samples);
  }

  /**
   * The applied definitions, their history's data where that of the folder is: it is not copied.
   */
  private static Definitions withDataOf(Applied applied, Path folder) {
    Definitions definitions = applied.definitions();
    return new Definitions(
        definitions.sources().stream().map(s -> moved(s, applied.folder(), folder)).toList(),
        definitions.views(),
        definitions.services());
  }

  private static EventSource moved(EventSource source, Path from, Path to) {
    Optional<History> history =
        source
            .history()
            .map(
                h ->
                    h.path().startsWith(from)
                        ? h.withPath(to.resolve(from.relativize(h.path())))
                        : h);
    return new EventSource(
        source.name(),
        source.topic(),
        source.schema(),
        source.avro(),
        source.time(),
        source.changes(),
        source.messageKey(),
        history,
        source.expectations());
  }

  /** The features of which both definitions have values, and these may differ. */
  private static List<String> sampled(ViewChange view, Changes changes) {
    if (view.before().isEmpty() || view.after().isEmpty()) {
      return List.of();
    }
    Set<String> sources =
        ViewGraph.of(changes.after(), List.of(view.view())).node(view.name()).sources();
    boolean all =
        !view.differences().isEmpty()
            || changes.sources().stream()
                .filter(source -> sources.contains(source.name()))
                .anyMatch(source -> source.kind() == ChangeKind.CHANGED && source.changesEvents());
    return view.features().stream()
        .filter(feature -> feature.before().isPresent() && feature.after().isPresent())
        .filter(feature -> all || feature.kind() == ChangeKind.CHANGED)
        .map(FeatureChange::name)
        .toList();
  }

  private static Sampled sample(
      ViewChange view, Changes changes, List<String> features, long events) {
    FeatureView was = view.before().orElseThrow();
    FeatureView is = view.after().orElseThrow();
    if (!was.entity().keys().equals(is.entity().keys())) {
      return none("the keys are others, so no value has a counterpart");
    }
    ViewSample.Side before = new ViewSample.Side(was, changes.before());
    ViewSample.Side after = new ViewSample.Side(is, changes.after());
    Optional<EventSource> silent =
        Stream.concat(before.sources().stream(), after.sources().stream())
            .filter(source -> source.history().isEmpty())
            .findFirst();
    if (silent.isPresent()) {
      return none("the event source " + silent.get().name() + " has no history");
    }
    try {
      return new Sampled(Optional.of(ViewSample.of(before, after, features, events)), "");
    } catch (OfflineException e) {
      return none(e.getMessage());
    }
  }

  private static Sampled none(String reason) {
    return new Sampled(Optional.empty(), reason);
  }

  /**
   * Who reads a feature: by the definitions that are wanted, or of one that goes by the applied.
   */
  public Readers readersOf(ViewChange view, FeatureChange feature) {
    Definitions definitions = feature.after().isPresent() ? changes.after() : changes.before();
    return Readers.of(view.name(), feature.name(), definitions, models);
  }

  /** The sources that changed. */
  public List<SourceChange> changedSources() {
    return changes.sources().stream().filter(s -> s.kind() != ChangeKind.UNCHANGED).toList();
  }
}
