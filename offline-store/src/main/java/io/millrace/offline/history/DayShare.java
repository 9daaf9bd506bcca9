package io.millrace.offline.history;

import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.parquet.RowChoice;
import io.millrace.offline.snapshot.DataFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What a share reads of a day's files. A file that is small beside the share is read whole, by one
 * share alone; of a large one each share reads as many groups of rows, and of those that are left
 * over the rows whose offset is the share's. All shares of a day come to the same division, and to
 * about as many rows each. Not thread-safe.
 */
final class DayShare implements RowChoice {
  // How much smaller than a share a file must be, lest one share have much more than another.
  private static final int SMALL = 2;

  private final Share share;
  private final List<DataFile> whole = new ArrayList<>();
  private final List<DataFile> divided = new ArrayList<>();

  private DayShare(Share share) {
    this.share = share;
  }

  static DayShare of(Share share, Collection<DataFile> files) {
    DayShare own = new DayShare(share);
    long all = files.stream().mapToLong(DataFile::rows).sum();
    long[] taken = new long[share.of()];
    List<DataFile> largestFirst = new ArrayList<>(files);
    largestFirst.sort(
        Comparator.comparingLong(DataFile::rows).reversed().thenComparing(DataFile::path));
    for (DataFile file : largestFirst) {
      if (share.of() > 1 && file.rows() > all / (SMALL * share.of())) {
        own.divided.add(file);
      } else {
        int least = leastOf(taken);
        taken[least] += file.rows();
        if (least == share.index()) {
          own.whole.add(file);
        }
      }
    }
    return own;
  }

  private static int leastOf(long[] taken) {
    int least = 0;
    for (int i = 1; i < taken.length; i++) {
      if (taken[i] < taken[least]) {
        least = i;
      }
    }
    return least;
  }

  /** The files that this share alone reads. */
  List<DataFile> whole() {
    return whole;
  }

  /** The files of which every share reads a part. */
  List<DataFile> divided() {
    return divided;
  }

  @Override
  public boolean hasGroup(int group, int groups) {
    return isLeftOver(group, groups) || group % share.of() == share.index();
  }

  @Override
  public boolean hasRow(int group, int groups, long offset) {
    return !isLeftOver(group, groups) || share.has(offset);
  }

  private boolean isLeftOver(int group, int groups) {
    return group >= groups - groups % share.of();
  }
}
