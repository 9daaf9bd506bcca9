package io.millrace.offline.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.snapshot.DataFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DayShareTest {
  @Test
  void shouldGiveEachSmallFileToOneShareAndAllAboutTheSame() {
    long seed = 5;
    Random random = new Random(seed);
    for (int of = 2; of <= 7; of++) {
      List<DataFile> files = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        files.add(file("part-" + i, 1 + random.nextInt(1_000)));
      }
      long all = files.stream().mapToLong(DataFile::rows).sum();
      List<DataFile> read = new ArrayList<>();
      for (int index = 0; index < of; index++) {
        DayShare share = DayShare.of(new Share(index, of), files);
        assertThat(share.divided()).isEmpty();
        assertThat(share.whole().stream().mapToLong(DataFile::rows).sum())
            .as("seed %d, share %d of %d, of %d rows", seed, index, of, all)
            .isBetween(all / of * 3 / 4, all / of * 5 / 4);
        read.addAll(share.whole());
      }
      assertThat(read).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(files);
    }
  }

  @Test
  void shouldDivideALargeFileByItsGroupsAndWhatIsLeftOfThemByOffset() {
    List<DataFile> files = List.of(file("small", 10), file("large", 990));
    for (int groups = 1; groups <= 8; groups++) {
      for (int group = 0; group < groups; group++) {
        for (long offset = 0; offset < 6; offset++) {
          int readers = 0;
          for (int index = 0; index < 3; index++) {
            DayShare share = DayShare.of(new Share(index, 3), files);
            assertThat(share.divided()).extracting(DataFile::path).containsExactly("dt=x/large");
            if (share.hasGroup(group, groups) && share.hasRow(group, groups, offset)) {
              readers++;
            }
          }
          assertThat(readers).as("group %d of %d, offset %d", group, groups, offset).isOne();
        }
      }
    }
    DayShare last = DayShare.of(new Share(2, 3), files);
    assertThat(last.hasGroup(0, 5)).as("a group of another share").isFalse();
    assertThat(last.hasGroup(2, 5)).isTrue();
    assertThat(last.hasRow(2, 5, 0)).as("any row of its own group").isTrue();
    assertThat(last.hasRow(3, 5, 0)).as("a row that is left over").isFalse();
  }

  @Test
  void shouldReadEverythingWholeIfThereIsOneShare() {
    List<DataFile> files = List.of(file("a", 990), file("b", 10));
    assertThat(DayShare.of(Share.ALL, files).whole()).containsExactlyElementsOf(files);
    assertThat(DayShare.of(Share.ALL, files).divided()).isEmpty();
  }

  private static DataFile file(String name, long rows) {
    return new DataFile("dt=x/" + name, 100, rows, "s", 0, 1, new TreeMap<>());
  }
}
