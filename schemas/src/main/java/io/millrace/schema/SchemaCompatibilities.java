package io.millrace.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** Says in words why one schema cannot read what another wrote. */
final class SchemaCompatibilities {
  private SchemaCompatibilities() {}

  /** What is in the way, field by field; empty if nothing is. */
  static Optional<String> problems(Schema reader, Schema writer) {
    List<Incompatibility> found =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
            .getResult()
            .getIncompatibilities();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    List<String> problems = new ArrayList<>();
    for (Incompatibility one : found) {
      String problem =
          switch (one.getType()) {
            case READER_FIELD_MISSING_DEFAULT_VALUE ->
                "the new field " + one.getMessage() + " has no default";
            case NAME_MISMATCH ->
                "the name changed from "
                    + one.getWriterFragment().getFullName()
                    + " to "
                    + one.getReaderFragment().getFullName();
            case MISSING_ENUM_SYMBOLS ->
                "the field "
                    + fieldAt(reader, one.getLocation())
                    + " lost symbols: "
                    + one.getMessage();
            default ->
                "the field "
                    + fieldAt(reader, one.getLocation())
                    + " changed its type: "
                    + one.getMessage();
          };
      if (!problems.contains(problem)) {
        problems.add(problem);
      }
    }
    return Optional.of(String.join("; ", problems));
  }

  /** The name of the top-level field that a location such as {@code /fields/3/type} lies in. */
  private static String fieldAt(Schema reader, String location) {
    String[] parts = location.split("/");
    if (parts.length > 2 && parts[1].equals("fields") && reader.getType() == Schema.Type.RECORD) {
      return reader.getFields().get(Integer.parseInt(parts[2])).name();
    }
    return location;
  }
}
