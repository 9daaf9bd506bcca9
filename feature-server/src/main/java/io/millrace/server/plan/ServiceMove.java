package io.millrace.server.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureService;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.plan.ModelInUse;
import java.util.ArrayList;
import java.util.List;

/**
 * A service that reads other versions of views than before. {@code millrace serve --applied}
 * follows at once; a job that scores in the stream has only the state of the versions that it was
 * started with.
 *
 * @param before the views that it read and reads no more, as {@code carrier_v1}
 * @param after those that it reads instead
 * @param models in use that learnt from what it read before; their contract names values and types,
 *     not versions, so nothing else refuses them
 */
public record ServiceMove(
    String service, List<String> before, List<String> after, List<String> models) {
  public ServiceMove {
    before = List.copyOf(before);
    after = List.copyOf(after);
    models = List.copyOf(models);
  }

  /** The services of both definitions that move, in the order in which they are defined now. */
  public static List<ServiceMove> between(
      Definitions was, Definitions is, List<ModelInUse> models) {
    List<ServiceMove> moves = new ArrayList<>();
    for (FeatureService service : is.services()) {
      was.services().stream()
          .filter(old -> old.name().equals(service.name()))
          .findFirst()
          .ifPresent(
              old -> {
                List<String> before = new ArrayList<>(views(old, was));
                List<String> after = new ArrayList<>(views(service, is));
                before.removeAll(views(service, is));
                after.removeAll(views(old, was));
                if (!before.isEmpty() && !after.isEmpty()) {
                  moves.add(new ServiceMove(service.name(), before, after, of(service, models)));
                }
              });
    }
    return moves;
  }

  private static List<String> of(FeatureService service, List<ModelInUse> models) {
    return models.stream()
        .filter(model -> model.service().equals(service.name()))
        .map(ModelInUse::toString)
        .toList();
  }

  private static List<String> views(FeatureService service, Definitions definitions) {
    return service.features().stream()
        .filter(ServiceFeature.OfView.class::isInstance)
        .map(feature -> definitions.view(((ServiceFeature.OfView) feature).view()).id())
        .distinct()
        .toList();
  }

  /** What to tell whoever moved it. */
  @Override
  public String toString() {
    String now = String.join(", ", after);
    String then = String.join(", ", before);
    return service
        + " reads "
        + now
        + ", no longer "
        + then
        + ": \"millrace serve --applied\" follows; a job that scores in the stream goes on with "
        + then
        + " until it is started with these definitions, and then has of "
        + now
        + " only what comes from there on"
        + (models.isEmpty()
            ? ""
            : "; in use, and trained on the values of before: " + String.join(", ", models));
  }
}
