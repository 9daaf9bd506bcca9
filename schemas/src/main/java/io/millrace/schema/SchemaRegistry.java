package io.millrace.schema;

import java.util.Optional;

/**
 * Where schemas are agreed on: a subject's versions, and a number for each schema that travels in
 * front of every record. Schemas are Avro in JSON text. Implementations are thread-safe.
 *
 * <p>Every method throws {@link SchemaRegistryException} if the registry cannot be asked; asking
 * again may help.
 */
public interface SchemaRegistry {
  /**
   * Makes the schema the subject's newest version, unless it is one already.
   *
   * @return its id
   * @throws IncompatibleSchemaException naming the subject and the field, if it cannot read what
   *     the newest version wrote (BACKWARD, whatever the registry's own rule), or if that rule
   *     refuses it; nothing has changed then
   */
  int register(String subject, String avroJson);

  /**
   * The schema of that id, of whichever subject.
   *
   * @throws UnknownSchemaException if there is none, or it is not Avro
   */
  String schemaById(int id);

  /** From now on a new version of the subject must be able to read what the newest one wrote. */
  void requireBackward(String subject);

  /**
   * What keeps the schema from reading what the subject's newest version wrote, naming the fields;
   * empty if nothing does or the subject is new. Changes nothing.
   */
  Optional<String> incompatibility(String subject, String avroJson);

  /** The subject of a topic's values, as Confluent's TopicNameStrategy spells it. */
  static String valueSubject(String topic) {
    return topic + "-value";
  }
}
