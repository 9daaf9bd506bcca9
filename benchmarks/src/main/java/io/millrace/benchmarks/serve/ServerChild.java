package io.millrace.benchmarks.serve;

import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code millrace serve} in a process of its own, with the options of the launcher; {@code
 * -Dmillrace.bench.serve-options="..."} adds some of Java's, such as a flight recording's or
 * another collector.
 */
final class ServerChild implements AutoCloseable {
  private static final Pattern PORT =
      Pattern.compile("serving .* at http://127\\.0\\.0\\.1:(\\d+)");

  private final ChildProcess process;
  private final int port;

  private ServerChild(ChildProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static ServerChild start(WorkFolder work, Path definitions, int redisPort) throws IOException {
    List<String> command = new ArrayList<>(List.of(Jvm.program()));
    List<String> more =
        Stream.of(System.getProperty("millrace.bench.serve-options", "").split("\\s+"))
            .filter(option -> !option.isEmpty())
            .toList();
    boolean otherCollector = more.stream().anyMatch(ServerChild::isCollector);
    LAUNCHER.stream()
        .filter(option -> !(otherCollector && isCollector(option)))
        .forEach(command::add);
    command.addAll(more);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "io.millrace.server.Millrace",
            "serve",
            "--definitions",
            definitions.toString(),
            "--online",
            "redis:127.0.0.1:" + redisPort,
            "--port",
            "0"));
    ChildProcess process = ChildProcess.start(work, "serve", command, Map.of());
    process.awaitReady(() -> portIn(process.log()) > 0, Duration.ofMinutes(2));
    return new ServerChild(process, portIn(process.log()));
  }

  // As ./millrace starts it.
  private static final List<String> LAUNCHER =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-Xmx2g", "-Dlog4j2.level=WARN");

  private static boolean isCollector(String option) {
    return option.matches("-XX:\\+Use\\w+GC");
  }

  private static int portIn(Path log) {
    try {
      Matcher line = PORT.matcher(Files.readString(log));
      return line.find() ? Integer.parseInt(line.group(1)) : 0;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  /** What the process has used of the processors. */
  Duration processorTime() {
    return ProcessHandle.of(process.pid())
        .flatMap(handle -> handle.info().totalCpuDuration())
        .orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    process.close();
  }
}
