package io.millrace.online;

import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import java.util.Optional;

/**
 * The answer for one key.
 *
 * @param status of the row: {@code PRESENT}, {@code NOT_FOUND} or {@code OUTSIDE_MAX_AGE}
 * @param row what is stored; also there when it is outside its maximum age, so that a caller can
 *     show it, but never to be served as a value then
 * @param ageMs the time of asking less the time of the key's last event; 0 when not found. Negative
 *     if the event is later than the clock.
 */
public record OnlineValue(OnlineKey key, ValueStatus status, Optional<FeatureRow> row, long ageMs) {
  public OnlineValue {
    if (status == ValueStatus.NULL_VALUE || row.isEmpty() != (status == ValueStatus.NOT_FOUND)) {
      throw new IllegalArgumentException(
          "a row's status cannot be "
              + status
              + " when it is "
              + (row.isEmpty() ? "not " : "")
              + "there");
    }
  }

  /** The status of one feature of the row: that of the row, or {@code NULL_VALUE}. */
  public ValueStatus statusOf(int feature) {
    return status == ValueStatus.PRESENT && row.orElseThrow().values().isNull(feature)
        ? ValueStatus.NULL_VALUE
        : status;
  }

  /** The values that may be served: those of a {@code PRESENT} row, else empty. */
  public Optional<Values> servedValues() {
    return status == ValueStatus.PRESENT ? row.map(FeatureRow::values) : Optional.empty();
  }
}
