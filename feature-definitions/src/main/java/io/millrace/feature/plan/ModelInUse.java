package io.millrace.feature.plan;

import io.millrace.feature.Field;
import java.util.List;

/**
 * A model version that serves or may serve.
 *
 * @param role such as {@code champion}
 * @param service whose vectors it was trained on
 * @param contract the names and types that it reads, in their order
 */
public record ModelInUse(
    String model, int version, String role, String service, List<Field> contract) {
  public ModelInUse {
    contract = List.copyOf(contract);
  }

  /** Whether it reads a value of the vector. */
  public boolean reads(String name) {
    return contract.stream().anyMatch(field -> field.name().equals(name));
  }

  /** Such as {@code delay 3 (champion)}. */
  @Override
  public String toString() {
    return model + " " + version + " (" + role + ")";
  }
}
