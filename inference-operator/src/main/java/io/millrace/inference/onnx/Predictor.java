package io.millrace.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.ValueInfo;
import io.millrace.inference.ScoreBatch;
import java.util.List;
import java.util.Map;

/**
 * A model in ONNX Runtime, on the CPU. One thread computes a run: tasks are parallel already, and a
 * pool of spinning threads beside them only takes their cores.
 *
 * <pre>{@code
 * try (Predictor predictor = Predictor.load(Files.readAllBytes(file));
 *     ScoreBatch batch = predictor.newBatch(64)) {
 *   batch.input().put(0, 1.5f);
 *   batch.run(1);
 *   float score = batch.score(0);
 * }
 * }</pre>
 *
 * <p>Thread-safe; a batch is not, so each thread takes its own. Close the batches first.
 */
public final class Predictor implements AutoCloseable {
  private static final int MOST_COLUMNS = 100_000;

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final int columns;

  private Predictor(OrtEnvironment environment, OrtSession session, int columns) {
    this.environment = environment;
    this.session = session;
    this.columns = columns;
  }

  /**
   * Loads a model from its bytes; the file system is never looked at.
   *
   * @throws OnnxRefusedException if the static scan finds something forbidden, or if the model's
   *     inputs and outputs are not those of {@link OnnxModel}
   */
  public static Predictor load(byte[] onnx) {
    OnnxScan.require(onnx);
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession session;
      try (SessionOptions options = new SessionOptions()) {
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        options.addConfigEntry("session.inter_op.allow_spinning", "0");
        // A failed run is told by its exception; one bad row must not flood the log.
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        options.setMemoryPatternOptimization(false);
        options.setCPUArenaAllocator(false);
        session = environment.createSession(onnx, options);
      }
      try {
        requireScores(session);
        return new Predictor(environment, session, columns(session));
      } catch (RuntimeException | OrtException e) {
        session.close();
        throw e;
      }
    } catch (OrtException e) {
      throw new OnnxRefusedException(List.of(e.getMessage()));
    }
  }

  private static int columns(OrtSession session) throws OrtException {
    long[] shape = shape(session.getInputInfo(), OnnxModel.INPUT, "input");
    if (shape[1] < 1 || shape[1] > MOST_COLUMNS) {
      throw refused("input " + OnnxModel.INPUT + " has " + shape[1] + " columns; give a fixed F");
    }
    return (int) shape[1];
  }

  private static void requireScores(OrtSession session) throws OrtException {
    long[] shape = shape(session.getOutputInfo(), OnnxModel.OUTPUT, "output");
    if (shape[1] != 1) {
      throw refused("output " + OnnxModel.OUTPUT + " has " + shape[1] + " columns, not 1");
    }
  }

  private static long[] shape(Map<String, NodeInfo> nodes, String name, String kind) {
    ValueInfo info = nodes.containsKey(name) ? nodes.get(name).getInfo() : null;
    if (nodes.size() != 1 || !(info instanceof TensorInfo tensor)) {
      throw refused("its " + kind + "s are " + nodes.keySet() + "; one tensor " + name + " is due");
    }
    if (tensor.type != OnnxJavaType.FLOAT || tensor.getShape().length != 2) {
      throw refused(kind + " " + name + " is " + tensor + ", not a float32 matrix");
    }
    if (tensor.getShape()[0] != -1) {
      throw refused(
          kind + " " + name + " has " + tensor.getShape()[0] + " rows; the row count must be free");
    }
    return tensor.getShape();
  }

  private static OnnxRefusedException refused(String problem) {
    return new OnnxRefusedException(List.of(problem));
  }

  /** The floats of an input row. */
  public int columns() {
    return columns;
  }

  /**
   * A new batch with its own buffers, warmed in every size it will run in.
   *
   * @param capacity the most rows of one run
   */
  public ScoreBatch newBatch(int capacity) {
    return new OnnxBatch(environment, session, columns, capacity);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the model could not be released: " + e.getMessage(), e);
    }
  }
}
