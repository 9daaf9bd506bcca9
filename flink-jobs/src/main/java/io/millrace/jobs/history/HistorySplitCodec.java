package io.millrace.jobs.history;

import io.millrace.feature.Position;
import io.millrace.offline.history.RecordedEvents.Place;
import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.history.RecordedPast;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * A split in checkpoints: {@link PastCodec}, then {@code bool | i32 index | i32 of} of the share
 * and {@code bool | i64 time | UTF topic | i32 partition | i64 offset} of the place.
 */
final class HistorySplitCodec extends Codec<HistorySplit> {
  /** Until version 1 a share was the offsets that leave its remainder, in every file. */
  static final int VERSION = 2;

  HistorySplitCodec() {
    super(VERSION);
  }

  @Override
  void write(HistorySplit split, DataOutputStream out) throws IOException {
    PastCodec.write(split.past(), out);
    out.writeBoolean(split.share().isPresent());
    if (split.share().isPresent()) {
      out.writeInt(split.share().get().index());
      out.writeInt(split.share().get().of());
    }
    out.writeBoolean(split.after().isPresent());
    if (split.after().isPresent()) {
      Place place = split.after().get();
      out.writeLong(place.timeMs());
      out.writeUTF(place.position().topic());
      out.writeInt(place.position().partition());
      out.writeLong(place.position().offset());
    }
  }

  @Override
  HistorySplit read(DataInputStream in) throws IOException {
    RecordedPast past = PastCodec.read(in);
    Optional<Share> share =
        in.readBoolean() ? Optional.of(new Share(in.readInt(), in.readInt())) : Optional.empty();
    Optional<Place> after =
        in.readBoolean()
            ? Optional.of(
                new Place(in.readLong(), new Position(in.readUTF(), in.readInt(), in.readLong())))
            : Optional.empty();
    return new HistorySplit(past, share, after);
  }
}
