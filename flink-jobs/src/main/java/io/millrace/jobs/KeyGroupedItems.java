package io.millrace.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;

/**
 * What a keyed operator holds on the heap, in a checkpoint: written by key group, so that it
 * follows its keys when the parallelism changes.
 *
 * <pre>
 * per key group: u8 version (1) | u32 count | the items
 * </pre>
 */
public final class KeyGroupedItems {
  private static final int VERSION = 1;

  private KeyGroupedItems() {}

  /** Writes all items; each goes to the key group of its key. */
  public static <T> void write(
      Iterable<T> items,
      Function<T, String> keyOf,
      TypeSerializer<T> serializer,
      int maxParallelism,
      KeyedStateCheckpointOutputStream out)
      throws IOException {
    Map<Integer, List<T>> byGroup = new HashMap<>();
    for (T item : items) {
      int group = KeyGroupRangeAssignment.assignToKeyGroup(keyOf.apply(item), maxParallelism);
      byGroup.computeIfAbsent(group, g -> new ArrayList<>()).add(item);
    }
    for (int group : out.getKeyGroupList()) {
      out.startNewKeyGroup(group);
      DataOutputViewStreamWrapper view = new DataOutputViewStreamWrapper(out);
      List<T> ofGroup = byGroup.getOrDefault(group, List.of());
      view.writeByte(VERSION);
      view.writeInt(ofGroup.size());
      for (T item : ofGroup) {
        serializer.serialize(item, view);
      }
    }
  }

  /**
   * Reads every item of the key groups that are ours now.
   *
   * @throws IOException if the checkpoint was written by a version that this one does not read
   */
  public static <T> void read(
      Iterable<KeyGroupStatePartitionStreamProvider> groups,
      TypeSerializer<T> serializer,
      Consumer<T> consumer)
      throws IOException {
    for (KeyGroupStatePartitionStreamProvider group : groups) {
      DataInputViewStreamWrapper view = new DataInputViewStreamWrapper(group.getStream());
      int version = view.readByte();
      if (version != VERSION) {
        throw new IOException(
            "this version reads buffered items of version "
                + VERSION
                + ", but the checkpoint holds version "
                + version
                + "; restore it with the version of Millrace that wrote it");
      }
      for (int left = view.readInt(); left > 0; left--) {
        consumer.accept(serializer.deserialize(view));
      }
    }
  }
}
