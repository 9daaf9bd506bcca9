package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Field;
import io.millrace.feature.vector.VectorPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** What a training set was made of, as JSON beside its rows; the same each time it is made. */
final class SpineReport {
  private SpineReport() {}

  static String json(
      Definitions definitions, VectorPlan plan, Path spine, String timeColumn, SpineCounts counts)
      throws IOException {
    return "{\"service\": "
        + quoted(plan.service().name())
        + ", \"definitions\": "
        + quoted(definitions.hash())
        + ", \"spine\": "
        + quoted(String.valueOf(spine.getFileName()))
        + ", \"spineSha256\": "
        + quoted(sha256(spine))
        + ", \"time\": "
        + quoted(timeColumn)
        + ", \"rows\": "
        + counts.rows()
        + ", \"events\": "
        + counts.events()
        + ", \"refused\": "
        + counts.refused()
        + ", \"features\": {"
        + plan.vectorSchema().fields().stream()
            .map(SpineReport::feature)
            .collect(Collectors.joining(", "))
        + "}}";
  }

  private static String feature(Field field) {
    return quoted(field.name()) + ": " + quoted(field.type().name());
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
