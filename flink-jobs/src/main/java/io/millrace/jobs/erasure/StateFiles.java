package io.millrace.jobs.erasure;

import java.util.List;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.state.rocksdb.RocksDBKeyedStateBackend;

/** The files in which a state backend keeps keyed states. Stateless. */
public final class StateFiles {
  private StateFiles() {}

  /** Deletes the current key's part of a state, also if there is none. */
  @FunctionalInterface
  public interface Deletion {
    void run() throws Exception;
  }

  /**
   * Writes them anew, if they are RocksDB's: what was deleted stays there until then. Afterwards
   * the manifest still names the first and last keys of files that were replaced, until it is begun
   * anew with the next change of files ({@link ShortManifest}): that is made here, by the deletion
   * of a key that nobody has. The backend's current key is that one then.
   *
   * @param backend whose keys are texts
   * @param states by name; those that do not exist are passed over
   * @param nobodys deletes the current key in the last of them, by a write to RocksDB
   * @param keyGroups the operator's maximum parallelism
   */
  public static void rewrite(
      KeyedStateBackend<String> backend, List<String> states, Deletion nobodys, int keyGroups)
      throws Exception {
    if (backend instanceof RocksDBKeyedStateBackend<String> rocksDb) {
      for (String state : states) {
        compact(rocksDb, state);
      }
      backend.setCurrentKey(nobodysKey(rocksDb.getKeyGroupRange(), keyGroups));
      nobodys.run();
      compact(rocksDb, states.get(states.size() - 1));
    }
  }

  /** Which asks for the name alone. */
  private static void compact(RocksDBKeyedStateBackend<String> rocksDb, String state)
      throws Exception {
    rocksDb.compactState(new ValueStateDescriptor<>(state, BytePrimitiveArraySerializer.INSTANCE));
  }

  /** A key of these groups that no operator has. */
  private static String nobodysKey(KeyGroupRange groups, int ofAll) {
    int number = 0;
    while (!groups.contains(KeyGroupRangeAssignment.assignToKeyGroup("#" + number, ofAll))) {
      number++;
    }
    return "#" + number;
  }
}
