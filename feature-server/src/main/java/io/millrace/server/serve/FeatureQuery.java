package io.millrace.server.serve;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is asked, whatever the protocol: some features for some rows. Columns hold one value a row:
 * Long, Double, Boolean, String, {@code java.time.Instant}, a List or Map of these, or null.
 *
 * @param service the service whose features are asked for; empty if they are listed
 * @param features {@code view:feature} or {@code view@v2:feature}; only without a service
 * @param entities columns by name; key columns of them are given back in the answer
 * @param context more columns by name, which are not given back
 * @param fullNames whether features are named {@code view__feature} rather than {@code feature}
 * @param timestamps what an integer means that stands for a TIMESTAMP
 */
public record FeatureQuery(
    Optional<String> service,
    List<String> features,
    Map<String, List<Object>> entities,
    Map<String, List<Object>> context,
    boolean fullNames,
    TimestampUnit timestamps) {
  /** What an integer means that stands for a TIMESTAMP. */
  public enum TimestampUnit {
    /** Seconds since 1970, as Feast's {@code UNIX_TIMESTAMP}. */
    SECONDS,
    /** Milliseconds since 1970, as everywhere else in Millrace. */
    MILLIS
  }

  public FeatureQuery {
    Objects.requireNonNull(timestamps, "timestamps");
    features = List.copyOf(features);
  }

  /** All features of a service by their full names. */
  public static FeatureQuery ofService(String service, Map<String, List<Object>> columns) {
    return new FeatureQuery(
        Optional.of(service), List.of(), columns, Map.of(), true, TimestampUnit.MILLIS);
  }

  /** Features by their references, {@code view:feature}, and their full names. */
  public static FeatureQuery ofFeatures(List<String> features, Map<String, List<Object>> columns) {
    return new FeatureQuery(
        Optional.empty(), features, columns, Map.of(), true, TimestampUnit.MILLIS);
  }
}
