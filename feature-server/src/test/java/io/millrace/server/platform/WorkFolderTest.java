package io.millrace.server.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
  @TempDir Path temp;

  @Test
  void shouldCreateItselfAndItsSubfolders() {
    try (WorkFolder work = WorkFolder.open(temp.resolve("a/b"))) {
      assertThat(work.path()).isAbsolute().isDirectory();
      assertThat(work.logs()).isDirectory();
      assertThat(work.folder("models")).isDirectory().hasParent(work.path());
    }
  }

  @Test
  void shouldRefuseToBeOpenedTwiceAtATime() {
    try (WorkFolder first = WorkFolder.open(temp)) {
      assertThatThrownBy(() -> WorkFolder.open(temp))
          .isInstanceOf(PlatformException.class)
          .hasMessage(
              "The work folder "
                  + first.path()
                  + " is in use by another run. Stop that one, or choose another folder with"
                  + " --work-dir.");
    }
  }

  @Test
  void shouldBeFreeAgainWhenClosed() {
    WorkFolder.open(temp).close();

    try (WorkFolder again = WorkFolder.open(temp)) {
      assertThat(again.path()).isDirectory();
    }
  }

  @Test
  void shouldNameTheFolderThatIsAFile() throws IOException {
    Path file = Files.writeString(temp.resolve("taken"), "");

    assertThatThrownBy(() -> WorkFolder.open(file))
        .isInstanceOf(PlatformException.class)
        .hasMessageStartingWith("Cannot write to the work folder " + file)
        .hasMessageEndingWith("Choose a folder that can be written with --work-dir.");
  }

  @Test
  void shouldClearASubfolderWithAllThatIsInIt() throws IOException {
    try (WorkFolder work = WorkFolder.open(temp)) {
      Files.writeString(
          Files.createDirectories(work.folder("data").resolve("x/y")).resolve("f"), "1");

      work.clear("data");
      work.clear("never-there");

      assertThat(work.path().resolve("data")).doesNotExist();
      assertThat(work.path()).isDirectory();
    }
  }

  @Test
  void shouldClearNothingOutsideItself() {
    try (WorkFolder work = WorkFolder.open(temp.resolve("inner"))) {
      assertThatThrownBy(() -> work.clear(".."))
          .hasMessage("\"..\" is not a subfolder of " + work.path());
      assertThatThrownBy(() -> work.clear("."))
          .hasMessage("\".\" is not a subfolder of " + work.path());
    }
  }
}
