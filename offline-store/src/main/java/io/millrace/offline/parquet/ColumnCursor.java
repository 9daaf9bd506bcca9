package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.PrimitiveType;

/**
 * Reads one column row by row into its place in a row. Whether and how a value is converted is
 * decided once, when the cursor is made. Not thread-safe.
 */
abstract class ColumnCursor {
  private static final long DAY_MS = 86_400_000;
  private static final long JULIAN_DAY_OF_1970 = 2_440_588;

  static ColumnCursor of(Field field, ParquetPlace place, int index, Values row) {
    return switch (field.type()) {
      case INT64, FLOAT64, STRING, BOOL, TIMESTAMP ->
          new Scalar(place.leaves().get(0), field.type(), index, row);
      case INT64_LIST -> new ListCursor(field.name(), place, ValueType.INT64, index);
      case FLOAT64_LIST -> new ListCursor(field.name(), place, ValueType.FLOAT64, index);
      case STRING_LIST -> new ListCursor(field.name(), place, ValueType.STRING, index);
      case FLOAT64_MAP -> new MapCursor(field.name(), place, index);
    };
  }

  /** Begins with a row group. */
  abstract void open(PageReadStore group, ParsedVersion writer);

  /** Reads the next row's value. */
  abstract void readInto(Values row);

  /** Leaves the next row's value out; what the row then holds means nothing. */
  void skip(Values row) {
    readInto(row);
  }

  private static final class Scalar extends ColumnCursor {
    private final ColumnDescriptor descriptor;
    private final int index;
    private final PrimitiveConverter sink;
    private ColumnReader reader;

    Scalar(ColumnDescriptor descriptor, ValueType type, int index, Values row) {
      this.descriptor = descriptor;
      this.index = index;
      this.sink = sinkOf(descriptor.getPrimitiveType(), type, index, row);
    }

    @Override
    void open(PageReadStore group, ParsedVersion writer) {
      reader = new ColumnReaderImpl(descriptor, group.getPageReader(descriptor), sink, writer);
    }

    @Override
    void readInto(Values row) {
      if (reader.getCurrentDefinitionLevel() == descriptor.getMaxDefinitionLevel()) {
        reader.writeCurrentValueToConverter();
      } else {
        row.setNull(index);
      }
      reader.consume();
    }

    @Override
    void skip(Values row) {
      if (reader.getCurrentDefinitionLevel() == descriptor.getMaxDefinitionLevel()) {
        reader.skip();
      }
      reader.consume();
    }
  }

  /** What puts a column's values into a place of a row. */
  static PrimitiveConverter sinkOf(PrimitiveType column, ValueType type, int index, Values row) {
    return switch (type) {
      case STRING -> new TextSink(row, index);
      case TIMESTAMP -> new TimestampSink(row, index, ParquetColumns.unitsPerMs(column));
      case INT64 ->
          ParquetColumns.isUnsigned(column)
              ? new UnsignedSink(row, index)
              : new NumberSink(row, index);
      default -> new NumberSink(row, index);
    };
  }

  private static class NumberSink extends PrimitiveConverter {
    final Values row;
    final int index;

    NumberSink(Values row, int index) {
      this.row = row;
      this.index = index;
    }

    @Override
    public void addInt(int value) {
      row.setLong(index, value);
    }

    @Override
    public void addLong(long value) {
      row.setLong(index, value);
    }

    @Override
    public void addFloat(float value) {
      row.setDouble(index, value);
    }

    @Override
    public void addDouble(double value) {
      row.setDouble(index, value);
    }

    @Override
    public void addBoolean(boolean value) {
      row.setBoolean(index, value);
    }
  }

  private static final class UnsignedSink extends NumberSink {
    UnsignedSink(Values row, int index) {
      super(row, index);
    }

    @Override
    public void addInt(int value) {
      row.setLong(index, Integer.toUnsignedLong(value));
    }

    @Override
    public void addLong(long value) {
      if (value < 0) {
        throw new ArithmeticException(
            "the unsigned number " + Long.toUnsignedString(value) + " does not fit into INT64");
      }
      row.setLong(index, value);
    }
  }

  private static final class TimestampSink extends PrimitiveConverter {
    private final Values row;
    private final int index;
    private final long unitsPerMs;

    TimestampSink(Values row, int index, long unitsPerMs) {
      this.row = row;
      this.index = index;
      this.unitsPerMs = unitsPerMs;
    }

    @Override
    public void addInt(int epochDay) {
      row.setLong(index, epochDay * DAY_MS);
    }

    @Override
    public void addLong(long value) {
      row.setLong(index, Math.floorDiv(value, unitsPerMs));
    }

    /** INT96, as Impala and old Spark write it: nanoseconds of the day, then the Julian day. */
    @Override
    public void addBinary(Binary value) {
      ByteBuffer bytes = value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      long nanosOfDay = bytes.getLong(bytes.position());
      long julianDay = bytes.getInt(bytes.position() + 8);
      row.setLong(
          index, (julianDay - JULIAN_DAY_OF_1970) * DAY_MS + Math.floorDiv(nanosOfDay, 1_000_000L));
    }
  }

  /** Decodes each text of a dictionary once instead of once a row. */
  private static final class TextSink extends PrimitiveConverter {
    private final Values row;
    private final int index;
    private String[] dictionary = {};

    TextSink(Values row, int index) {
      this.row = row;
      this.index = index;
    }

    @Override
    public boolean hasDictionarySupport() {
      return true;
    }

    @Override
    public void setDictionary(Dictionary texts) {
      dictionary = new String[texts.getMaxId() + 1];
      for (int id = 0; id < dictionary.length; id++) {
        dictionary[id] = texts.decodeToBinary(id).toStringUsingUTF8();
      }
    }

    @Override
    public void addValueFromDictionary(int id) {
      row.setText(index, dictionary[id]);
    }

    @Override
    public void addBinary(Binary value) {
      row.setText(index, value.toStringUsingUTF8());
    }
  }
}
