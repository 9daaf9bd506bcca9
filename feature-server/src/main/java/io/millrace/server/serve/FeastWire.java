package io.millrace.server.serve;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.online.ValueStatus;
import io.millrace.server.serve.feast.proto.FeatureViewMetadata;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponse;
import java.nio.charset.StandardCharsets;

/**
 * A {@link GetOnlineFeaturesResponse} whose members are bytes already: what protobuf would write
 * for the same answer, without an object for each value. Only its bytes are of use; to whoever asks
 * for its members it is empty.
 *
 * <pre>
 * 0A len  metadata         0A len names (0A len text ...), 12 len view, its version ...
 * 12 len  a feature ...    0A len value ... | 12 len statuses, an octet each | 1A len time ...
 * 18 01   status
 *
 * a value: 20 varint int64, 29 8 octets double, 38 bool, 12 len text, 40 varint seconds, or none
 * a time:  08 varint seconds, 10 varint nanoseconds; of either none where it is 0
 * </pre>
 */
final class FeastWire {
  private static final int METADATA = 1;
  private static final int RESULTS = 2;
  private static final int STATUS = 3;

  private static final int FIRST = 0x0A;
  private static final int SECOND = 0x12;
  private static final int THIRD = 0x1A;
  private static final byte[] NO_TIME = {THIRD, 0};
  // A double's value, its status and its time.
  private static final int USUAL_BYTES = 11 + 1 + 16;

  private final FeatureAnswer answer;
  private final int rows;
  private final WireBytes wire;
  private final UnknownFieldSet.Field.Builder results = UnknownFieldSet.Field.newBuilder();

  private FeastWire(FeatureAnswer answer) {
    this.answer = answer;
    this.rows = answer.rows();
    this.wire = new WireBytes(256 + (answer.features() + 1) * (8 + rows * USUAL_BYTES));
  }

  /** What {@link FeastGrpc#response} is, in the same bytes. */
  static GetOnlineFeaturesResponse response(FeatureAnswer answer, boolean versions) {
    return new FeastWire(answer).response(versions);
  }

  private GetOnlineFeaturesResponse response(boolean versions) {
    UnknownFieldSet.Field.Builder metadata = UnknownFieldSet.Field.newBuilder();
    metadata.addLengthDelimited(metadata(versions));
    RowSchema inputs = answer.plan().inputs();
    for (String column : answer.echoedColumns()) {
      keys(inputs.requireIndexOf(column), inputs);
    }
    byte[] times = null;
    for (int feature = 0; feature < answer.features(); feature++) {
      // The features of a view stand together and have the times of its rows.
      if (feature == 0 || answer.lookup(feature) != answer.lookup(feature - 1)) {
        times = times(feature);
      }
      values(feature, times);
    }
    return GetOnlineFeaturesResponse.newBuilder()
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(METADATA, metadata.build())
                .addField(RESULTS, results.build())
                .addField(STATUS, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build())
        .build();
  }

  private ByteString metadata(boolean versions) {
    WireBytes names = new WireBytes(512);
    for (String column : answer.echoedColumns()) {
      names.octet(FIRST);
      names.text(column);
    }
    for (int feature = 0; feature < answer.features(); feature++) {
      names.octet(FIRST);
      names.text(answer.name(feature));
    }
    int from = wire.size();
    wire.octet(FIRST);
    wire.varint(names.size());
    wire.append(names.toArray());
    if (versions) {
      for (FeatureViewMetadata view : FeastGrpc.versions(answer.plan())) {
        wire.octet(SECOND);
        wire.message(view);
      }
    }
    return wire.since(from);
  }

  private void keys(int column, RowSchema inputs) {
    ValueType type = inputs.field(column).type();
    int from = wire.size();
    byte[] statuses = new byte[rows];
    for (int row = 0; row < rows; row++) {
      Row input = answer.input(row);
      value(input, column, type);
      statuses[row] = number(input.isNull(column) ? ValueStatus.NULL_VALUE : ValueStatus.PRESENT);
    }
    statuses(statuses);
    for (int row = 0; row < rows; row++) {
      wire.append(NO_TIME);
    }
    results.addLengthDelimited(wire.since(from));
  }

  private void values(int feature, byte[] times) {
    ValueType type = answer.type(feature);
    int position = answer.positionOf(feature);
    int from = wire.size();
    byte[] statuses = new byte[rows];
    for (int row = 0; row < rows; row++) {
      value(answer.valuesOf(feature, row), position, type);
      statuses[row] = number(answer.status(feature, row));
    }
    statuses(statuses);
    wire.append(times);
    results.addLengthDelimited(wire.since(from));
  }

  private void statuses(byte[] statuses) {
    if (statuses.length > 0) {
      wire.octet(SECOND);
      wire.varint(statuses.length);
      wire.append(statuses);
    }
  }

  private static byte number(ValueStatus status) {
    return (byte) FeastGrpc.status(status).getNumber();
  }

  /** The times of a feature's rows. */
  private byte[] times(int feature) {
    WireBytes times = new WireBytes(rows * NO_TIME.length * 8);
    for (int row = 0; row < rows; row++) {
      long timeMs = answer.eventTimeMs(feature, row);
      times.octet(THIRD);
      int length = times.size();
      times.octet(0);
      long seconds = Math.floorDiv(timeMs, 1000);
      if (seconds != 0) {
        times.octet(0x08);
        times.varint(seconds);
      }
      int nanos = Math.floorMod(timeMs, 1000) * 1_000_000;
      if (nanos != 0) {
        times.octet(0x10);
        times.varint(nanos);
      }
      times.octetAt(length, times.size() - length - 1);
    }
    return times.toArray();
  }

  private void value(Row row, int index, ValueType type) {
    wire.octet(FIRST);
    if (row.isNull(index)) {
      wire.octet(0);
      return;
    }
    switch (type) {
      case INT64 -> varint(0x20, row.longAt(index));
      case FLOAT64 -> {
        wire.octet(9);
        wire.octet(0x29);
        wire.fixed64(Double.doubleToRawLongBits(row.doubleAt(index)));
      }
      case BOOL -> varint(0x38, row.booleanAt(index) ? 1 : 0);
      case TIMESTAMP -> varint(0x40, Math.floorDiv(row.longAt(index), 1000));
      case STRING -> {
        byte[] text = row.textAt(index).getBytes(StandardCharsets.UTF_8);
        wire.varint(1 + WireBytes.sizeOf(text.length) + text.length);
        wire.octet(SECOND);
        wire.varint(text.length);
        wire.append(text);
      }
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          wire.message(FeastValues.of(row, index, type));
    }
  }

  private void varint(int tag, long number) {
    int length = wire.size();
    wire.octet(0);
    wire.octet(tag);
    wire.varint(number);
    wire.octetAt(length, wire.size() - length - 1);
  }
}
