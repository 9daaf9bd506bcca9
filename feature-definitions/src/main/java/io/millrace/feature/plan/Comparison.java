package io.millrace.feature.plan;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.KeptState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Compares definitions that are applied with those that are wanted. */
public final class Comparison {
  private static final Set<String> OF_SOURCE = Set.of("name", "avro", "schema", "history");
  private static final Set<String> OF_VIEW = Set.of("name", "version", "entity", "features");
  private static final Set<String> OF_FEATURE = Set.of("name", "description");
  private static final Set<String> STATELESS = Set.of("ttl", "stateTtl");

  private final Definitions before;
  private final Definitions after;

  private Comparison(Definitions before, Definitions after) {
    this.before = before;
    this.after = after;
  }

  /**
   * Compares two sets of definitions.
   *
   * @param before as applied; without anything if nothing is
   */
  public static Changes between(Definitions before, Definitions after) {
    Comparison comparison = new Comparison(before, after);
    return new Changes(
        before,
        after,
        pairs(before.sources(), after.sources(), EventSource::name, comparison::source),
        ThroughViews.carried(
            pairs(before.views(), after.views(), FeatureView::name, comparison::view), after),
        pairs(before.services(), after.services(), FeatureService::name, comparison::service));
  }

  private SourceChange source(EventSource was, EventSource is) {
    if (was == null || is == null) {
      return new SourceChange(name(was, is, EventSource::name), kind(was, is), List.of(), true);
    }
    List<String> differences = new ArrayList<>(Differences.between(was, is, OF_SOURCE));
    List<String> columns = columns(was.schema(), is.schema());
    boolean changesEvents = !was.expectations().equals(is.expectations());
    changesEvents |= !was.time().field().equals(is.time().field());
    differences.addAll(columns);
    if (was.history().isPresent() && is.history().isPresent()) {
      // The path lies in another folder of the same content, so it is no difference.
      List<String> history =
          Differences.between(was.history().get(), is.history().get(), Set.of("path")).stream()
              .map(difference -> "history " + difference)
              .toList();
      differences.addAll(history);
      changesEvents |= !history.isEmpty();
    }
    changesEvents |= !columns.isEmpty();
    return new SourceChange(
        is.name(),
        differences.isEmpty() ? ChangeKind.UNCHANGED : ChangeKind.CHANGED,
        differences,
        changesEvents);
  }

  private static List<String> columns(RowSchema was, RowSchema is) {
    List<String> differences = new ArrayList<>();
    for (Field field : was.fields()) {
      Optional<Field> same =
          is.fields().stream().filter(f -> f.name().equals(field.name())).findFirst();
      if (same.isEmpty()) {
        differences.add("column " + field.name() + ": " + field.type() + " -> none");
      } else if (!same.get().equals(field)) {
        differences.add("column " + field.name() + ": " + type(field) + " -> " + type(same.get()));
      }
    }
    for (Field field : is.fields()) {
      if (was.indexOf(field.name()).isEmpty()) {
        differences.add("column " + field.name() + ": none -> " + type(field));
      }
    }
    return differences;
  }

  private static String type(Field field) {
    return field.type() + (field.nullable() ? " or null" : "");
  }

  private ViewChange view(FeatureView was, FeatureView is) {
    boolean begins = was == null || is != null && is.version() != was.version();
    List<String> differences = new ArrayList<>();
    if (was != null && is != null) {
      if (begins) {
        differences.add("version: " + was.version() + " -> " + is.version());
      }
      // That events without a key are skipped changes no value.
      if (!was.entity().keys().equals(is.entity().keys())) {
        differences.add("entity: " + was.entity().keys() + " -> " + is.entity().keys());
      }
      differences.addAll(Differences.between(was, is, OF_VIEW));
      differences.addAll(keyTypes(was, is));
    }
    boolean keepsState =
        !begins
            && is != null
            && differences.stream().allMatch(d -> STATELESS.contains(d.replaceAll(":.*", "")));
    List<FeatureChange> features = features(was, is, keepsState || is == null);
    boolean same =
        differences.isEmpty() && features.stream().allMatch(f -> f.kind() == ChangeKind.UNCHANGED);
    ChangeKind kind = kind(was, is);
    return new ViewChange(
        name(was, is, FeatureView::name),
        kind == ChangeKind.CHANGED && same ? ChangeKind.UNCHANGED : kind,
        Optional.ofNullable(was),
        Optional.ofNullable(is),
        differences,
        keepsState,
        features);
  }

  private List<String> keyTypes(FeatureView was, FeatureView is) {
    List<String> differences = new ArrayList<>();
    Optional<RowSchema> from = columnsOf(before, was);
    Optional<RowSchema> to = columnsOf(after, is);
    for (String key : is.entity().keys()) {
      if (from.isPresent() && to.isPresent() && from.get().indexOf(key).isPresent()) {
        Field had = from.get().field(from.get().requireIndexOf(key));
        Field has = to.get().field(to.get().requireIndexOf(key));
        if (had.type() != has.type()) {
          differences.add("key " + key + ": " + had.type() + " -> " + has.type());
        }
      }
    }
    return differences;
  }

  private static Optional<RowSchema> columnsOf(Definitions all, FeatureView view) {
    return all.sources().stream()
        .filter(source -> source.name().equals(view.source()))
        .map(EventSource::schema)
        .findFirst();
  }

  private List<FeatureChange> features(FeatureView was, FeatureView is, boolean keepsState) {
    Map<String, String> typesBefore = was == null ? Map.of() : FeatureTypes.of(was, before);
    Map<String, String> typesAfter = is == null ? Map.of() : FeatureTypes.of(is, after);
    List<FeatureChange> features =
        pairs(
            was == null ? List.of() : was.features(),
            is == null ? List.of() : is.features(),
            Feature::name,
            (had, has) ->
                feature(had, has, typesBefore, typesAfter, kept(was, is, has, keepsState)));
    return withDependants(features);
  }

  private Optional<KeptState> kept(
      FeatureView was, FeatureView is, Feature has, boolean keepsState) {
    if (was == null || is == null || has == null || !keepsState) {
      return Optional.empty();
    }
    boolean tookBack = takesBack(was, before);
    boolean takesBack = takesBack(is, after);
    if (tookBack != takesBack) {
      return Optional.empty();
    }
    return Optional.of(
        KeptState.of(
            was,
            ViewGraph.of(before, List.of(was)).node(was.name()).events(),
            latenessMs(was, before),
            is,
            ViewGraph.of(after, List.of(is)).node(is.name()).events(),
            latenessMs(is, after),
            takesBack,
            has.name()));
  }

  /** Rows of another view come in order. */
  private static long latenessMs(FeatureView view, Definitions all) {
    return view.sourceView().isPresent()
        ? 0
        : all.source(view.source()).time().lateness().toMillis();
  }

  private static boolean takesBack(FeatureView view, Definitions all) {
    return view.sourceView().isEmpty() && all.source(view.source()).changes().isPresent();
  }

  private static FeatureChange feature(
      Feature had,
      Feature has,
      Map<String, String> typesBefore,
      Map<String, String> typesAfter,
      Optional<KeptState> kept) {
    List<String> differences = new ArrayList<>();
    if (had != null && has != null) {
      differences.addAll(Differences.between(had, has, OF_FEATURE));
      String type = typesBefore.getOrDefault(had.name(), "");
      String newType = typesAfter.getOrDefault(has.name(), "");
      if (!type.equals(newType)) {
        differences.add("type: " + type + " -> " + newType);
      }
    }
    ChangeKind kind = kind(had, has);
    return new FeatureChange(
        name(had, has, Feature::name),
        kind == ChangeKind.CHANGED && differences.isEmpty() ? ChangeKind.UNCHANGED : kind,
        Optional.ofNullable(had),
        Optional.ofNullable(has),
        differences,
        kept,
        false);
  }

  /** A ratio changes with the features that it divides. */
  static List<FeatureChange> withDependants(List<FeatureChange> features) {
    Set<String> changed = new HashSet<>();
    for (FeatureChange feature : features) {
      if (feature.kind() == ChangeKind.CHANGED) {
        changed.add(feature.name());
      }
    }
    List<FeatureChange> all = new ArrayList<>();
    for (FeatureChange feature : features) {
      Feature one = feature.feature();
      List<String> through = new ArrayList<>();
      if (one.aggregation() == Aggregation.RATIO && feature.kind() != ChangeKind.REMOVED) {
        for (String part : List.of(one.input(), one.parameters().over().orElse(""))) {
          String reason = "through " + part + ": it has changed";
          if (changed.contains(part) && !feature.differences().contains(reason)) {
            through.add(reason);
          }
        }
      }
      if (through.isEmpty() || feature.kind() == ChangeKind.NEW) {
        all.add(feature);
      } else {
        through.addAll(0, feature.differences());
        all.add(
            new FeatureChange(
                feature.name(),
                ChangeKind.CHANGED,
                feature.before(),
                feature.after(),
                through,
                feature.kept(),
                feature.throughViews()));
      }
    }
    return all;
  }

  private ServiceChange service(FeatureService was, FeatureService is) {
    if (was == null || is == null) {
      return new ServiceChange(
          name(was, is, FeatureService::name), kind(was, is), List.of(), List.of());
    }
    List<String> breaking =
        new ArrayList<>(Differences.between(was, is, Set.of("name", "features")));
    List<String> additions = new ArrayList<>();
    RowSchema had = VectorPlan.of(was, before).vectorSchema();
    RowSchema has = VectorPlan.of(is, after).vectorSchema();
    for (int i = 0; i < had.size(); i++) {
      Field value = had.field(i);
      int at = has.indexOf(value.name()).orElse(-1);
      if (at < 0) {
        breaking.add(value.name() + ": " + value.type() + " -> none");
      } else if (has.field(at).type() != value.type()) {
        breaking.add(value.name() + ": " + value.type() + " -> " + has.field(at).type());
      } else if (!was.features().get(i).equals(is.features().get(at))) {
        breaking.add(value.name() + ": " + words(was.features().get(i)) + " -> " + words(is, at));
      }
    }
    for (Field value : has.fields()) {
      if (had.indexOf(value.name()).isEmpty()) {
        additions.add(value.name() + ": none -> " + value.type());
      }
    }
    if (breaking.isEmpty() && additions.isEmpty() && !had.fields().equals(has.fields())) {
      additions.add("the order of the values");
    }
    boolean same = breaking.isEmpty() && additions.isEmpty();
    return new ServiceChange(
        is.name(), same ? ChangeKind.UNCHANGED : ChangeKind.CHANGED, breaking, additions);
  }

  private static String words(FeatureService service, int at) {
    return words(service.features().get(at));
  }

  private static String words(ServiceFeature feature) {
    return feature instanceof ServiceFeature.Computed computed
        ? computed.expression()
        : feature.toString();
  }

  /** Pairs by name, in the order of those after, then those that are gone. */
  private static <T, R> List<R> pairs(
      List<T> before, List<T> after, Function<T, String> name, BiFunction<T, T, R> compare) {
    Map<String, T> was = new LinkedHashMap<>();
    before.forEach(one -> was.put(name.apply(one), one));
    Map<String, T> is = new LinkedHashMap<>();
    after.forEach(one -> is.put(name.apply(one), one));
    Set<String> names = new LinkedHashSet<>(is.keySet());
    names.addAll(was.keySet());
    List<R> changes = new ArrayList<>();
    for (String one : names) {
      changes.add(compare.apply(was.get(one), is.get(one)));
    }
    return changes;
  }

  private static <T> String name(T was, T is, Function<T, String> name) {
    return name.apply(Objects.requireNonNullElse(is, was));
  }

  private static ChangeKind kind(Object was, Object is) {
    return was == null ? ChangeKind.NEW : is == null ? ChangeKind.REMOVED : ChangeKind.CHANGED;
  }
}
