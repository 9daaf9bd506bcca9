package io.millrace.offline.parquet;

import io.millrace.offline.ColumnRoles;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroSchemaConverter;
import org.apache.parquet.avro.AvroWriteSupport;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * How every file of the store is written: Zstandard, dictionaries, statistics, page index,
 * checksums of pages, and the rows' origins in the foot.
 */
final class RecordWriterBuilder extends ParquetWriter.Builder<GenericRecord, RecordWriterBuilder> {
  private static final int PAGE_BYTES = 64 << 10;
  // The paths of values below a list's and a map's group, as the standard names them.
  private static final String LIST_ITEMS = ".list.element";
  private static final String MAP_VALUES = ".key_value.value";

  private final Schema schema;
  private final ColumnRoles roles;

  private RecordWriterBuilder(Schema schema, ColumnRoles roles, OutputStream out) {
    super(new StreamOutputFile(out));
    this.schema = schema;
    this.roles = roles;
  }

  static ParquetWriter<GenericRecord> open(
      Schema schema, ColumnRoles roles, OutputStream out, long rowGroupBytes) throws IOException {
    RecordWriterBuilder builder =
        new RecordWriterBuilder(schema, roles, out)
            .withConf(configuration())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withDictionaryEncoding(true)
            .withPageWriteChecksumEnabled(true)
            .withRowGroupSize(rowGroupBytes)
            .withPageSize(PAGE_BYTES)
            .withDictionaryPageSize(PAGE_BYTES);
    for (Schema.Field field : schema.getFields()) {
      // Means and ratios seldom repeat, and a dictionary begins with 16 KB.
      if (isOf(Schema.Type.DOUBLE, field.schema())) {
        builder.withDictionaryEncoding(field.name(), false);
      } else if (isOf(Schema.Type.ARRAY, field.schema())) {
        builder.withDictionaryEncoding(field.name() + LIST_ITEMS, isText(field.schema()));
      } else if (isOf(Schema.Type.MAP, field.schema())) {
        builder.withDictionaryEncoding(field.name() + MAP_VALUES, false);
      }
    }
    return builder.build();
  }

  /** Not the default: it would read Hadoop's configuration files. */
  static ParquetConfiguration configuration() {
    ParquetConfiguration configuration = new PlainParquetConfiguration();
    // The standard's three levels; the old two are what not all readers take for a list.
    configuration.setBoolean(AvroWriteSupport.WRITE_OLD_LIST_STRUCTURE, false);
    return configuration;
  }

  @Override
  protected RecordWriterBuilder self() {
    return this;
  }

  @Override
  protected WriteSupport<GenericRecord> getWriteSupport(ParquetConfiguration configuration) {
    return new OriginWriteSupport(
        new AvroWriteSupport<>(
            new AvroSchemaConverter(configuration).convert(schema), schema, GenericData.get()),
        schema,
        roles);
  }

  /** Asked for only by those who bring Hadoop's configuration; the signature cannot be avoided. */
  @Override
  protected WriteSupport<GenericRecord> getWriteSupport(Configuration configuration) {
    throw new UnsupportedOperationException("the store's files are written without Hadoop");
  }

  private static boolean isOf(Schema.Type type, Schema schema) {
    return schema.isUnion()
        ? schema.getTypes().stream().anyMatch(branch -> isOf(type, branch))
        : schema.getType() == type;
  }

  private static boolean isText(Schema list) {
    return list.isUnion()
        ? list.getTypes().stream().anyMatch(RecordWriterBuilder::isText)
        : list.getType() == Schema.Type.ARRAY && isOf(Schema.Type.STRING, list.getElementType());
  }
}
