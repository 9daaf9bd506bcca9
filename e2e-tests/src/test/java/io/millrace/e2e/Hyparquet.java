package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A third opinion on our Parquet files: hyparquet, which shares no code with the other readers. */
final class Hyparquet {
  private final Path folder;

  /**
   * @param folder where Node finds the library; installed there when first needed
   */
  Hyparquet(Path folder) {
    this.folder = folder;
  }

  /** What a script of {@code src/test/js} prints. */
  String run(String script, String... arguments) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Files.copy(
        Path.of("src/test/js", script),
        folder.resolve(script),
        StandardCopyOption.REPLACE_EXISTING);
    if (!Files.exists(folder.resolve("node_modules"))) {
      output(
          List.of(
              "npm",
              "install",
              "--no-save",
              "--no-package-lock",
              "--no-audit",
              "--no-fund",
              "hyparquet@1.31.5",
              "hyparquet-compressors@1.1.2"));
    }
    List<String> command = new ArrayList<>(List.of("node", script));
    command.addAll(List.of(arguments));
    return output(command).strip();
  }

  private String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    return output;
  }
}
