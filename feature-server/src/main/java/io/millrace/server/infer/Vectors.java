package io.millrace.server.infer;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.Refusal;
import java.util.List;
import java.util.Set;

/** Where vectors come from when a request gives keys instead of features. Thread-safe. */
public interface Vectors {
  /**
   * The vectors of some requests.
   *
   * @param schema their names and types
   * @param rows one a request, in their order
   * @param statuses for each request those of its features, in the order of the schema
   */
  record Read(RowSchema schema, List<Values> rows, List<ValueStatus[]> statuses) {}

  /**
   * The columns that a request to the service may have.
   *
   * @throws Refusal if the server does not serve it
   */
  RowSchema requestColumns(String service);

  /** The columns without which no key of the service can be made. */
  List<String> keyColumns(String service);

  /**
   * Reads the features of all requests in one go and computes what is computed when asked.
   *
   * @param given the columns that the requests have
   * @param requests rows of {@link #requestColumns}; columns that were not given are null
   * @throws Refusal if the store cannot answer
   */
  Read read(String service, Set<String> given, List<Values> requests);

  /** For a server that has models but no features. */
  static Vectors none() {
    return new Vectors() {
      @Override
      public RowSchema requestColumns(String service) {
        throw new Refusal(
            Refusal.Kind.UNKNOWN, "this server reads no features of service " + service);
      }

      @Override
      public List<String> keyColumns(String service) {
        return List.of();
      }

      @Override
      public Read read(String service, Set<String> given, List<Values> requests) {
        throw new Refusal(
            Refusal.Kind.UNKNOWN, "this server reads no features of service " + service);
      }
    };
  }
}
