package io.millrace.offline.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.offline.OfflineException;
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestSources;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedHistoryTest {
  @TempDir Path folder;
  private EventSource left;
  private EventSource right;

  @BeforeEach
  void writeTwoFiles() {
    left = source("left", "a.parquet", 1);
    right = source("right", "b.parquet", 2);
  }

  @Test
  void shouldMergeInTheTotalOrder() {
    List<Event> merged = read(List.of(right, left), HistoryRange.all());
    assertThat(merged)
        .hasSize(400)
        .isSortedAccordingTo(
            Comparator.comparingLong(Event::timeMs)
                .thenComparing(Event::position)
                .thenComparing(Event::source));
    assertThat(merged).isEqualTo(read(List.of(left, right), HistoryRange.all()));
  }

  @Test
  void shouldKeepTheRangeHalfOpen() {
    List<Event> all = read(List.of(left, right), HistoryRange.all());
    Instant from = Instant.ofEpochMilli(all.get(100).timeMs());
    Instant until = Instant.ofEpochMilli(all.get(300).timeMs());
    assertThat(read(List.of(left, right), HistoryRange.all().from(from).until(until)))
        .isNotEmpty()
        .isEqualTo(
            all.stream()
                .filter(e -> e.timeMs() >= from.toEpochMilli() && e.timeMs() < until.toEpochMilli())
                .toList());
  }

  @Test
  void shouldStopAtTheLimit() {
    List<Event> all = read(List.of(left, right), HistoryRange.all());
    assertThat(read(List.of(left, right), HistoryRange.all().first(7)))
        .isEqualTo(all.subList(0, 7));
    assertThat(read(List.of(left, right), HistoryRange.all().first(0))).isEmpty();
  }

  @Test
  void shouldCountTheRowsForProgress() {
    try (MergedHistory past = MergedHistory.open(List.of(left, right), HistoryRange.all())) {
      assertThat(past.rows()).isEqualTo(400);
      assertThat(past.rowsRead()).isZero();
      past.forEachRemaining(event -> {});
      assertThat(past.rowsRead()).isEqualTo(400);
    }
  }

  @Test
  void shouldRefuseASourceWithoutAFile() {
    EventSource lost = TestSources.visits(TestSources.sorted(folder.resolve("lost")));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> MergedHistory.open(List.of(left, lost), HistoryRange.all()))
        .withMessageContaining("there is no file or folder");
  }

  @Test
  void shouldRefuseARangeThatEndsBeforeItBegins() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HistoryRange(5, 4, 1))
        .withMessageContaining("[5, 4) with limit 1");
  }

  /** 200 visits at seconds of [0, 100), so that there are ties within and across sources. */
  private EventSource source(String name, String file, int salt) {
    Path path =
        TestParquet.write(
            folder.resolve(file),
            "select make_timestamp((hash(i, "
                + salt
                + ") % 100)::bigint * 1000000) seen, 'x' who, i n from range(200) r(i)");
    return TestSources.source(name, TestSources.VISITS, "seen", TestSources.sorted(path));
  }

  private static List<Event> read(List<EventSource> sources, HistoryRange range) {
    List<Event> events = new ArrayList<>();
    try (MergedHistory past = MergedHistory.open(sources, range)) {
      past.forEachRemaining(events::add);
    }
    return events;
  }
}
