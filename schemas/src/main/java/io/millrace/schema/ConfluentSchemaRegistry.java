package io.millrace.schema;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

/**
 * A registry that speaks Confluent's REST API: Confluent's own, Apicurio's {@code
 * /apis/ccompat/v7}, Karapace. Schemas are remembered by id. Thread-safe.
 *
 * <pre>
 * SchemaRegistry registry = new ConfluentSchemaRegistry("http://127.0.0.1:8081", Map.of());
 * int id = registry.register("arrivals-value", source.avro());
 * </pre>
 */
public final class ConfluentSchemaRegistry implements SchemaRegistry {
  private static final int REMEMBERED_SCHEMAS = 1000;
  private static final String BACKWARD = "BACKWARD";

  private final String url;
  private final SchemaRegistryClient client;

  /**
   * Asks nothing yet.
   *
   * @param url base URL, with its path prefix where the registry has one; several are separated by
   *     commas
   * @param clientConfig Confluent's client settings, such as {@code basic.auth.user.info}
   */
  public ConfluentSchemaRegistry(String url, Map<String, String> clientConfig) {
    this.url = url;
    this.client = new CachedSchemaRegistryClient(url, REMEMBERED_SCHEMAS, clientConfig);
  }

  @Override
  public int register(String subject, String avroJson) {
    try {
      requireReadable(subject, avroJson);
      return registerOnce(subject, avroJson);
    } catch (RestClientException e) {
      if (e.getStatus() == 409) {
        return registerAgain(subject, avroJson, e);
      }
      throw failed("refused to register " + subject, e);
    } catch (IOException e) {
      throw failed("could not be asked to register " + subject, e);
    }
  }

  /**
   * A registry's own rule may be weaker than BACKWARD, or none. What is registered already is used
   * again, also by a job that was rolled back.
   */
  private void requireReadable(String subject, String avroJson)
      throws IOException, RestClientException {
    try {
      client.getId(subject, new AvroSchema(avroJson));
    } catch (RestClientException e) {
      if (e.getStatus() != 404) {
        throw e;
      }
      Optional<String> problem = incompatibility(subject, avroJson);
      if (problem.isPresent()) {
        throw new IncompatibleSchemaException(subject, problem.get());
      }
    }
  }

  private int registerOnce(String subject, String avroJson)
      throws IOException, RestClientException {
    return client.register(subject, new AvroSchema(avroJson));
  }

  /**
   * A conflict may only mean that another process registered the same new subject at this moment;
   * then the schema is found the second time.
   */
  private int registerAgain(String subject, String avroJson, RestClientException conflict) {
    try {
      return registerOnce(subject, avroJson);
    } catch (IOException | RestClientException e) {
      throw new IncompatibleSchemaException(
          subject, incompatibility(subject, avroJson).orElse(conflict.getMessage()));
    }
  }

  @Override
  public String schemaById(int id) {
    try {
      return client.getSchemaById(id).canonicalString();
    } catch (RestClientException e) {
      if (e.getStatus() == 404) {
        throw new UnknownSchemaException(
            "the registry at " + url + " has no schema with the id " + id);
      }
      throw failed("refused to give schema " + id, e);
    } catch (IOException e) {
      // The client parses what it got; of a schema in another language it says "Invalid schema".
      if (e.getMessage() != null && e.getMessage().startsWith("Invalid schema")) {
        throw new UnknownSchemaException(
            "the schema with the id " + id + " in the registry at " + url + " is not Avro");
      }
      throw failed("could not be asked for schema " + id, e);
    }
  }

  @Override
  public void requireBackward(String subject) {
    try {
      client.updateCompatibility(subject, BACKWARD);
    } catch (RestClientException e) {
      throw failed("refused to make " + subject + " " + BACKWARD, e);
    } catch (IOException e) {
      throw failed("could not be asked to make " + subject + " " + BACKWARD, e);
    }
  }

  @Override
  public Optional<String> incompatibility(String subject, String avroJson) {
    String newest;
    try {
      newest = client.getLatestSchemaMetadata(subject).getSchema();
    } catch (RestClientException e) {
      if (e.getStatus() == 404) {
        return Optional.empty();
      }
      throw failed("refused to give the newest version of " + subject, e);
    } catch (IOException e) {
      throw failed("could not be asked for the newest version of " + subject, e);
    }
    return SchemaCompatibilities.problems(
        new Schema.Parser().parse(avroJson), new Schema.Parser().parse(newest));
  }

  private SchemaRegistryException failed(String what, Exception e) {
    return new SchemaRegistryException(
        "the schema registry at " + url + " " + what + ": " + e.getMessage(), e);
  }
}
