package io.millrace.schema;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * What is made once for each writer's schema that a reader meets, by the schema's id. An id that
 * the registry does not know is asked for again after a minute at the earliest: a topic of garbage
 * must not become a storm of requests. Not thread-safe.
 */
final class WriterSchemas<T> {
  private static final long ASK_AGAIN_AFTER_NANOS = 60_000_000_000L;
  private static final int REMEMBERED_UNKNOWN = 1000;

  private final SchemaRegistry registry;
  private final Function<Schema, T> make;
  private final LongSupplier nanoClock;
  private final Map<Integer, T> known = new HashMap<>();
  private final Map<Integer, Unknown> unknown =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Unknown> eldest) {
          return size() > REMEMBERED_UNKNOWN;
        }
      };
  private int lastId;
  private T last;

  private record Unknown(long sinceNanos, String message) {}

  WriterSchemas(SchemaRegistry registry, Function<Schema, T> make, LongSupplier nanoClock) {
    this.registry = registry;
    this.make = make;
    this.nanoClock = nanoClock;
  }

  /**
   * @throws MalformedRecordException with {@code unknown-schema}, if there is no such Avro schema
   * @throws SchemaRegistryException if the registry cannot be asked
   */
  T byId(int id) throws MalformedRecordException {
    if (last != null && id == lastId) {
      return last;
    }
    T found = known.get(id);
    if (found == null) {
      found = make.apply(ask(id));
      known.put(id, found);
    }
    lastId = id;
    last = found;
    return found;
  }

  private Schema ask(int id) throws MalformedRecordException {
    Unknown before = unknown.get(id);
    if (before != null && nanoClock.getAsLong() - before.sinceNanos() < ASK_AGAIN_AFTER_NANOS) {
      throw new MalformedRecordException(MalformedRecordException.UNKNOWN_SCHEMA, before.message());
    }
    String message;
    try {
      // Not validated: whoever registered it may have been laxer about names and defaults.
      return new Schema.Parser().setValidateDefaults(false).parse(registry.schemaById(id));
    } catch (UnknownSchemaException e) {
      message = e.getMessage();
    } catch (SchemaParseException e) {
      message = "the schema with the id " + id + " cannot be parsed: " + e.getMessage();
    }
    unknown.remove(id);
    unknown.put(id, new Unknown(nanoClock.getAsLong(), message));
    throw new MalformedRecordException(MalformedRecordException.UNKNOWN_SCHEMA, message);
  }
}
