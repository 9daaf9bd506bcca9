package io.millrace.inference.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Grows trees with XGBoost in a child process, so that its native threads and memory never touch a
 * task manager or server.
 *
 * <p>Thread-safe; each training has a process and a folder of its own. An interrupt of the calling
 * thread kills the process.
 */
final class XgboostTrainer {
  /** The file of a training's folder that holds its rows. */
  static final String ROWS = "rows.bin";

  private static final String MODEL = "model.json";

  private final String classPath;
  private final int heapMegabytes;
  private final Duration timeout;
  private final DiskQuota quota;
  private final Class<?> program;

  /**
   * @param classPath holds this module, xgboost4j, kryo and commons-logging
   * @param heapMegabytes the child's heap; rows lie outside of it, so that 20 bytes a row are
   *     enough
   * @param timeout the most time of one training
   * @param quota the most bytes of one training
   * @param program takes the arguments of {@link XgboostProcess} and prints what it prints
   */
  XgboostTrainer(
      String classPath, int heapMegabytes, Duration timeout, DiskQuota quota, Class<?> program) {
    this.classPath = classPath;
    this.heapMegabytes = heapMegabytes;
    this.timeout = timeout;
    this.quota = quota;
    this.program = program;
  }

  /**
   * What a training came to.
   *
   * @param modelJson XGBoost's own JSON, its attribute {@code best_iteration} set
   * @param rounds how many trees were grown
   * @param bestRounds how many of them are kept
   * @param trainRows how many rows taught; the others were held out
   * @param cutMs rows from this time on were held out
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Result(byte[] modelJson, int rounds, int bestRounds, long trainRows, long cutMs) {}

  /**
   * @param folder holds {@code rows.bin}, and afterwards the model
   */
  Result train(Path folder, XgboostParams params, TrainingListener listener)
      throws TrainingException, InterruptedException, IOException {
    XgboostProcess.writeRequest(folder, params);
    AtomicReference<String[]> result = new AtomicReference<>();
    run(
        folder,
        "train",
        line -> {
          String[] words = line.split(" ");
          if (words[0].equals(XgboostProcess.PROGRESS)) {
            listener.round(
                Integer.parseInt(words[1]),
                params.rounds(),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]));
          } else if (words[0].equals(XgboostProcess.RESULT)) {
            result.set(words);
          }
        });
    String[] words = result.get();
    if (words == null) {
      throw new TrainingException("the trainer ended without a result");
    }
    return new Result(
        Files.readAllBytes(folder.resolve(MODEL)),
        Integer.parseInt(words[1]),
        Integer.parseInt(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]));
  }

  /**
   * XGBoost's own scores of the folder's {@code rows.bin} with its {@code model.json}; one a row.
   */
  FloatBuffer predict(Path folder) throws TrainingException, InterruptedException, IOException {
    run(folder, "predict", line -> {});
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve("scores.bin")))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  private void run(Path folder, String command, Consumer<String> lines)
      throws TrainingException, InterruptedException, IOException {
    new ChildJvm(classPath, heapMegabytes, timeout, quota)
        .run(folder, program, List.of(command, folder.toString()), lines);
  }
}
