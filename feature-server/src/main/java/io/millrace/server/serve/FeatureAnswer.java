package io.millrace.server.serve;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineValue;
import io.millrace.online.ValueStatus;
import java.util.List;

/**
 * What was asked for, with each value's status, time and age. It is read where it was decoded:
 * nothing is copied until a protocol writes it. Immutable; safe to read from one thread after
 * another.
 *
 * <p>A value that is not {@link ValueStatus#PRESENT} is what a model would read in its place: the
 * feature's default if it has one, 0 where a count of nothing is 0, else null. A stored value that
 * is too old is never among them.
 */
public final class FeatureAnswer {
  private final ServePlan plan;
  private final boolean fullNames;
  private final List<String> echoed;
  private final Values[] inputs;
  // Lookup after lookup, of each all rows; null where a key column is null.
  private final OnlineValue[] found;
  private final Values[] vectors;
  // Beside found: the values that may be served, or the lookup's empty ones.
  private final Values[] served;

  FeatureAnswer(
      ServePlan plan,
      boolean fullNames,
      List<String> echoed,
      Values[] inputs,
      OnlineValue[] found,
      Values[] vectors) {
    this.plan = plan;
    this.fullNames = fullNames;
    this.echoed = List.copyOf(echoed);
    this.inputs = inputs;
    this.found = found;
    this.vectors = vectors;
    this.served = new Values[found.length];
    for (int at = 0; at < found.length; at++) {
      Values values = served(found[at]);
      served[at] = values == null ? plan.lookups().get(at / inputs.length).empty() : values;
    }
  }

  public ServePlan plan() {
    return plan;
  }

  public int rows() {
    return inputs.length;
  }

  /** How many features there are, in the order of {@link ServePlan#outputs()}. */
  public int features() {
    return plan.outputs().size();
  }

  /** The feature's name as the query wanted names. */
  public String name(int feature) {
    ServePlan.Output output = plan.outputs().get(feature);
    return fullNames ? output.fullName() : output.shortName();
  }

  public ValueType type(int feature) {
    return plan.outputs().get(feature).field().type();
  }

  /**
   * The key columns to give back, as the query named them; without those that a feature has the
   * name of.
   */
  public List<String> echoedColumns() {
    return echoed;
  }

  /** The columns of the request's row, in the order of {@link ServePlan#inputs()}. */
  public Row input(int row) {
    return inputs[row];
  }

  public ValueStatus status(int feature, int row) {
    ServePlan.Output output = plan.outputs().get(feature);
    if (output.isComputed()) {
      return vectors[row].isNull(feature) ? ValueStatus.NULL_VALUE : ValueStatus.PRESENT;
    }
    OnlineValue value = found(output, row);
    return value == null ? ValueStatus.NOT_FOUND : value.statusOf(output.column());
  }

  /** The values among which the feature's is; at {@link #positionOf}. */
  public Values valuesOf(int feature, int row) {
    ServePlan.Output output = plan.outputs().get(feature);
    if (output.isComputed()) {
      return vectors[row];
    }
    return served[output.lookup() * inputs.length + row];
  }

  /** Where in {@link #valuesOf} the feature's value is. */
  public int positionOf(int feature) {
    return plan.outputs().get(feature).column();
  }

  /** The value as Long, Double, Boolean, String, List, Map or null. For borders only. */
  public Object boxed(int feature, int row) {
    return valuesOf(feature, row).boxedAt(positionOf(feature), type(feature));
  }

  /**
   * The time of the key's last event in the view, milliseconds since the epoch; 0 where there is
   * none: of a key that is not found, and of a feature computed when asked.
   */
  public long eventTimeMs(int feature, int row) {
    OnlineValue value = found(plan.outputs().get(feature), row);
    return value == null || value.row().isEmpty() ? 0 : value.row().get().lastEventMs();
  }

  /**
   * Which row holds the feature, {@link ServePlan#COMPUTED} if none: features with the same number
   * have the same {@link #eventTimeMs}.
   */
  int lookup(int feature) {
    return plan.outputs().get(feature).lookup();
  }

  /** Whether {@link #eventTimeMs} and {@link #ageMs} say anything. */
  public boolean hasEventTime(int feature, int row) {
    OnlineValue value = found(plan.outputs().get(feature), row);
    return value != null && value.row().isPresent();
  }

  /** The age of the value, from its key's last event to the time of asking, in milliseconds. */
  public long ageMs(int feature, int row) {
    OnlineValue value = found(plan.outputs().get(feature), row);
    return value == null ? 0 : value.ageMs();
  }

  /** The row's vector, in the columns of {@link ServePlan#vectorSchema()}: what a model reads. */
  public Values vector(int row) {
    return vectors == null ? vector(plan, found, inputs, row) : vectors[row];
  }

  static Values vector(ServePlan plan, OnlineValue[] found, Values[] inputs, int row) {
    Values[] rows = new Values[plan.lookups().size()];
    for (int lookup = 0; lookup < rows.length; lookup++) {
      rows[lookup] = served(found[lookup * inputs.length + row]);
    }
    return plan.vector(inputs[row], rows);
  }

  private OnlineValue found(ServePlan.Output output, int row) {
    return output.isComputed() ? null : found[output.lookup() * inputs.length + row];
  }

  private static Values served(OnlineValue value) {
    return value == null ? null : value.servedValues().orElse(null);
  }
}
