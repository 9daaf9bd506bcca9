package io.millrace.server.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildProcessTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;
  private WorkFolder work;

  @BeforeEach
  void open() {
    work = WorkFolder.open(temp.resolve("work"));
  }

  @AfterEach
  void close() {
    work.close();
  }

  @Test
  void shouldBeReadyWhenItSaysSo() {
    try (ChildProcess child = shell("touch \"$MARK\"; exec sleep 600")) {
      child.awaitReady(() -> Files.exists(mark()), LIMIT);

      assertThat(child.isAlive()).isTrue();
      assertThat(ProcessHandle.of(child.pid())).isPresent();
    }
  }

  @Test
  void shouldLeaveNoProcessAndNoNoteWhenClosed() {
    ChildProcess child = shell("exec sleep 600");
    long pid = child.pid();
    assertThat(work.pids()).isNotEmptyDirectory();

    child.close();

    assertThat(child.isAlive()).isFalse();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(work.pids()).isEmptyDirectory();
  }

  @Test
  void shouldFailAtOnceWithTheLogWhenItDiesBeforeItIsReady() {
    try (ChildProcess child = shell("echo no such disk; exit 7")) {
      assertThatThrownBy(() -> child.awaitReady(() -> false, Duration.ofMinutes(5)))
          .isInstanceOf(PlatformException.class)
          .hasMessage(
              "shell ended with status 7 before it was ready. Its log "
                  + child.log()
                  + " ends with:\nno such disk");
    }
  }

  @Test
  void shouldQuoteOnlyWhatThisStartWrote() {
    try (ChildProcess first = shell("echo first")) {
      first.awaitSuccess(LIMIT);
    }

    try (ChildProcess second = shell("echo second; exit 1")) {
      assertThatThrownBy(() -> second.awaitSuccess(LIMIT))
          .hasMessageEndingWith("shell.log ends with:\nsecond");
    }
  }

  @Test
  void shouldGiveUpWhenItIsNotReadyInTime() {
    try (ChildProcess child = shell("exec sleep 600")) {
      assertThatThrownBy(() -> child.awaitReady(() -> false, Duration.ofMillis(100)))
          .hasMessage("shell was not ready within 0 s. Its log " + child.log() + " is empty.");
    }
  }

  @Test
  void shouldNameAProgramThatIsNotThere() {
    assertThatThrownBy(
            () -> ChildProcess.start(work, "ghost", List.of("/no/such/program"), Map.of()))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("Cannot start ghost: Cannot run program \"/no/such/program\"");
  }

  @Test
  void shouldEndWhatAnEarlierRunLeftBehind() throws Exception {
    Process leftover = new ProcessBuilder("sleep", "600").start();
    Leftovers.note(work.pids(), "left", leftover.toHandle());
    work.close();

    work = WorkFolder.open(temp.resolve("work"));

    assertThat(leftover.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(work.pids()).isEmptyDirectory();
  }

  @Test
  void shouldSpareAStrangerWhoHasTheProcessIdOfALeftover() throws IOException {
    Process stranger = new ProcessBuilder("sleep", "600").start();
    try {
      Path note = Leftovers.note(work.pids(), "left", stranger.toHandle());
      Files.writeString(note, Files.readString(note).replace("sleep", "kafka"));
      work.close();

      work = WorkFolder.open(temp.resolve("work"));

      assertThat(stranger.isAlive()).isTrue();
      assertThat(work.pids()).isEmptyDirectory();
    } finally {
      stranger.destroyForcibly();
    }
  }

  private ChildProcess shell(String script) {
    return ChildProcess.start(
        work, "shell", List.of("/bin/sh", "-c", script), Map.of("MARK", mark().toString()));
  }

  private Path mark() {
    return temp.resolve("mark");
  }
}
