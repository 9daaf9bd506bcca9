package io.millrace.feature.plan;

import io.millrace.feature.definition.DefinitionPlaces;
import io.millrace.feature.definition.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The changes that break someone who does not change with them, each at its place with the fix:
 *
 * <ul>
 *   <li>a feature of a view means something else, or all do (keys, source, ttl), under the version
 *       that they have; a version that goes down
 *   <li>the time column of a source is another while views of the same version read it
 *   <li>a service loses a value, gives it another type or meaning, or has another request or label,
 *       under the same name
 *   <li>a service that a model reads gains a value, changes their order, or goes away
 * </ul>
 *
 * A view may gain features always, and lose those that no service reads.
 */
public final class Breaks {
  private static final String VIEW = "FeatureView";
  private static final String SERVICE = "FeatureService";
  private static final String SOURCE = "EventSource";

  private final Changes changes;
  private final List<ModelInUse> models;
  private final DefinitionPlaces places;
  private final List<Problem> found = new ArrayList<>();

  private Breaks(Changes changes, List<ModelInUse> models, DefinitionPlaces places) {
    this.changes = changes;
    this.models = models;
    this.places = places;
  }

  /**
   * Finds them.
   *
   * @param places of the wanted definitions
   */
  public static List<Problem> of(
      Changes changes, List<ModelInUse> models, DefinitionPlaces places) {
    Breaks breaks = new Breaks(changes, models, places);
    changes.sources().forEach(breaks::source);
    changes.views().forEach(breaks::view);
    changes.services().forEach(breaks::service);
    return breaks.found;
  }

  private void source(SourceChange source) {
    if (source.kind() != ChangeKind.CHANGED) {
      return;
    }
    String was = changes.before().source(source.name()).time().field();
    String is = changes.after().source(source.name()).time().field();
    List<String> readers =
        changes.views().stream()
            .filter(v -> v.before().isPresent() && v.after().isPresent() && !v.changesVersion())
            .filter(v -> v.view().source().equals(source.name()))
            .map(ViewChange::name)
            .toList();
    if (!was.equals(is) && !readers.isEmpty()) {
      add(
          SOURCE,
          source.name(),
          "event-time",
          "the event time of "
              + source.name()
              + " changes: "
              + was
              + " -> "
              + is
              + ", and with it every value of "
              + String.join(", ", readers)
              + "; give these views a new version, or the source another name");
    }
  }

  private void view(ViewChange view) {
    if (view.before().isEmpty() || view.after().isEmpty()) {
      return;
    }
    int was = view.before().get().version();
    int is = view.after().get().version();
    if (is < was) {
      add(
          VIEW,
          view.name(),
          "version",
          "version "
              + was
              + " of "
              + view.name()
              + " is applied, and versions go up; give it version "
              + (was + 1));
    }
    if (is != was) {
      return;
    }
    if (!view.differences().isEmpty()) {
      add(
          VIEW,
          view.name(),
          view.differences()
              .get(0)
              .replaceAll("[: ].*", "")
              .replace("key", "entity")
              .replace("joins", "join")
              .replace("stateTtl", "state-ttl"),
          view.name()
              + " version "
              + is
              + " is applied, and its values would mean something else ("
              + String.join("; ", view.differences())
              + "); "
              + fix(view, is));
    }
    for (FeatureChange feature : view.features()) {
      if (feature.kind() == ChangeKind.CHANGED) {
        add(
            VIEW,
            view.name(),
            "features." + feature.name(),
            view.name()
                + "."
                + feature.name()
                + " of version "
                + is
                + " is applied, and would mean something else ("
                + String.join("; ", feature.differences())
                + (feature.throughViews() ? "); " : "); add it under another name, or ")
                + fix(view, is));
      }
    }
  }

  private static String fix(ViewChange view, int version) {
    return "give " + view.name() + " version: " + (version + 1);
  }

  private void service(ServiceChange service) {
    List<ModelInUse> readers =
        models.stream().filter(model -> model.service().equals(service.name())).toList();
    String models =
        readers.isEmpty()
            ? ""
            : ", and it is read by the models "
                + readers.stream().map(ModelInUse::toString).collect(Collectors.joining(", "));
    String rename = "name the service anew, such as " + successor(service.name());
    if (service.kind() == ChangeKind.REMOVED && !readers.isEmpty()) {
      add(
          SERVICE,
          service.name(),
          "",
          "the service " + service.name() + " is gone" + models + "; keep it while they serve");
    }
    if (!service.breaking().isEmpty()) {
      add(
          SERVICE,
          service.name(),
          member(service.breaking().get(0)),
          service.name()
              + " is applied, and would mean something else ("
              + String.join("; ", service.breaking())
              + ")"
              + models
              + "; keep what it has, or "
              + rename);
    } else if (!service.additions().isEmpty() && !readers.isEmpty()) {
      add(
          SERVICE,
          service.name(),
          "features",
          "the vector of "
              + service.name()
              + " changes ("
              + String.join("; ", service.additions())
              + ")"
              + models
              + ", which take the vector as it was; list its features by name in place of *, or "
              + rename);
    }
  }

  private static String member(String difference) {
    String word = difference.replaceAll(":.*", "");
    return word.equals("request") || word.equals("label") ? word : "features";
  }

  /** The name with its number raised: delay_v1 becomes delay_v2. */
  private static String successor(String name) {
    String digits = name.replaceAll("^.*?([0-9]{0,8})$", "$1");
    return digits.isEmpty()
        ? name + "_v2"
        : name.substring(0, name.length() - digits.length()) + (Integer.parseInt(digits) + 1);
  }

  private void add(String kind, String name, String member, String message) {
    found.add(places.problem(kind, name, member, message));
  }
}
