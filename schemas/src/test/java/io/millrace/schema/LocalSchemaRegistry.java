package io.millrace.schema;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/** A registry in memory, for tests: ids count from 1, and nothing is checked unless required. */
public final class LocalSchemaRegistry implements SchemaRegistry {
  private final List<String> schemas = new ArrayList<>();
  private final Map<String, List<Integer>> versions = new LinkedHashMap<>();
  private final Set<String> backward = new HashSet<>();
  private int asked;

  @Override
  public synchronized int register(String subject, String avroJson) {
    if (backward.contains(subject)) {
      incompatibility(subject, avroJson)
          .ifPresent(
              why -> {
                throw new IncompatibleSchemaException(subject, why);
              });
    }
    int id = schemas.indexOf(avroJson) + 1;
    if (id == 0) {
      schemas.add(avroJson);
      id = schemas.size();
    }
    List<Integer> ids = versions.computeIfAbsent(subject, s -> new ArrayList<>());
    if (!ids.contains(id)) {
      ids.add(id);
    }
    return id;
  }

  @Override
  public synchronized String schemaById(int id) {
    asked++;
    if (id < 1 || id > schemas.size()) {
      throw new UnknownSchemaException("the local registry has no schema with the id " + id);
    }
    return schemas.get(id - 1);
  }

  @Override
  public synchronized void requireBackward(String subject) {
    backward.add(subject);
  }

  @Override
  public synchronized Optional<String> incompatibility(String subject, String avroJson) {
    List<Integer> ids = versions.getOrDefault(subject, List.of());
    return ids.isEmpty()
        ? Optional.empty()
        : SchemaCompatibilities.problems(
            new Schema.Parser().parse(avroJson),
            new Schema.Parser().parse(schemas.get(ids.get(ids.size() - 1) - 1)));
  }

  /** How often {@link #schemaById} was called. */
  public synchronized int asked() {
    return asked;
  }

  /** The subjects, in the order of their first schema. */
  public synchronized List<String> subjects() {
    return List.copyOf(versions.keySet());
  }
}
