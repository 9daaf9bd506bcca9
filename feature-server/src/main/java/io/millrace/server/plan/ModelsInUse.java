package io.millrace.server.plan;

import io.millrace.feature.Field;
import io.millrace.feature.plan.ModelInUse;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The versions of a model repository that serve or may be made to: by alias, else the latest. */
public final class ModelsInUse {
  private ModelsInUse() {}

  /**
   * Reads them.
   *
   * @throws io.millrace.inference.model.ModelRefusedException if a bundle cannot be read
   */
  public static List<ModelInUse> of(Path models) {
    ModelRepository repository = new ModelRepository(models);
    List<ModelInUse> inUse = new ArrayList<>();
    for (String model : repository.models()) {
      Map<Integer, String> roles = new LinkedHashMap<>();
      repository.champion(model).ifPresent(version -> roles.put(version, "champion"));
      repository.challenger(model).ifPresent(version -> roles.putIfAbsent(version, "challenger"));
      repository.previous(model).ifPresent(version -> roles.putIfAbsent(version, "previous"));
      if (roles.isEmpty()) {
        repository.latest(model).ifPresent(version -> roles.put(version, "latest"));
      }
      roles.forEach((version, role) -> inUse.add(of(repository.bundle(model, version), role)));
    }
    return inUse;
  }

  private static ModelInUse of(ModelBundle bundle, String role) {
    List<Field> contract =
        bundle.contract().features().stream()
            .map(entry -> Field.nullable(entry.name(), entry.type()))
            .toList();
    return new ModelInUse(
        bundle.name(), bundle.version(), role, bundle.lineage().service(), contract);
  }
}
