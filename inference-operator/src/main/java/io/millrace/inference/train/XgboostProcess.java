package io.millrace.inference.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import ml.dmlc.xgboost4j.java.util.BigDenseMatrix;

/**
 * The program of the trainer's child process, the only one in which XGBoost's native code runs.
 *
 * <pre>
 * train   DIR   reads DIR/train.properties and DIR/rows.bin, writes DIR/model.json
 * predict DIR   reads DIR/model.json and DIR/rows.bin, writes DIR/scores.bin (little-endian floats)
 * </pre>
 *
 * <p>Lines of progress begin with {@link #PROGRESS}. It ends when its standard input does, so that
 * it does not outlive its parent.
 */
final class XgboostProcess {
  static final String PROGRESS = "@round";
  static final String RESULT = "@result";
  private static final int PREDICT_ROWS = 8_192;

  private final Path folder;

  private XgboostProcess(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws IOException, XGBoostError {
    if (args.length != 2) {
      System.err.println("usage: train|predict DIR");
      System.exit(2);
    }
    endWithParent();
    XgboostProcess process = new XgboostProcess(Path.of(args[1]));
    switch (args[0]) {
      case "train" -> process.train();
      case "predict" -> process.predict();
      default -> {
        System.err.println("unknown command " + args[0] + "; give train or predict");
        System.exit(2);
      }
    }
    System.out.flush();
    // The watcher of the parent still reads.
    Runtime.getRuntime().halt(0);
  }

  private static void endWithParent() {
    InputStream parent = System.in;
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (parent.read() >= 0) {
                  // Nothing is said to this process; only the end of the stream matters.
                }
              } catch (IOException e) {
                // A broken pipe is the end, too.
              }
              Runtime.getRuntime().halt(3);
            },
            "parent-watcher");
    watcher.setDaemon(true);
    watcher.start();
  }

  private void train() throws IOException, XGBoostError {
    Properties properties = new Properties();
    try (Reader reader =
        Files.newBufferedReader(folder.resolve("train.properties"), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    Map<String, Object> params = new LinkedHashMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith("xgboost.")) {
        params.put(name.substring("xgboost.".length()), properties.getProperty(name));
      }
    }
    int rounds = Integer.parseInt(properties.getProperty("rounds"));
    int patience = Integer.parseInt(properties.getProperty("patience"));
    double heldOut = Double.parseDouble(properties.getProperty("held-out"));

    // Rows before the cut teach, rows from the cut on say when to stop; one instant is never split.
    long cutMs = heldOut == 0 ? Long.MAX_VALUE : cutMs(heldOut);
    DMatrix train = matrix(Long.MIN_VALUE, cutMs);
    if (train.rowNum() == 0) {
      throw new IOException(
          "no rows lie before the latest "
              + Math.round(heldOut * 100)
              + " %, all have nearly the same time; train with held-out 0");
    }
    DMatrix valid = heldOut == 0 ? train : matrix(cutMs, Long.MAX_VALUE);

    Booster booster = XGBoost.train(train, params, 0, Map.of(), null, null);
    booster.setParam("eval_metric", "auc");
    booster.setParam("eval_metric", "logloss");
    int bestRound = 0;
    double bestLoss = Double.POSITIVE_INFINITY;
    int round = 0;
    for (; round < rounds; round++) {
      booster.update(train, round);
      String evaluation = booster.evalSet(new DMatrix[] {valid}, new String[] {"held"}, round);
      double loss = metric(evaluation, "held-logloss:");
      if (loss < bestLoss) {
        bestLoss = loss;
        bestRound = round;
      }
      System.out.println(
          PROGRESS + " " + (round + 1) + " " + loss + " " + metric(evaluation, "held-auc:"));
      if (heldOut > 0 && round - bestRound >= patience) {
        round++;
        break;
      }
    }
    if (heldOut == 0) {
      bestRound = round - 1;
    }
    booster.setAttr("best_iteration", Integer.toString(bestRound));
    Files.write(folder.resolve("model.json"), booster.toByteArray("json"));
    System.out.println(
        RESULT + " " + round + " " + (bestRound + 1) + " " + train.rowNum() + " " + cutMs);
  }

  private long cutMs(double heldOut) throws IOException {
    try (FloatMatrix.Reader rows = new FloatMatrix.Reader(folder.resolve("rows.bin"))) {
      long[] times = new long[Math.toIntExact(rows.rows())];
      for (int i = 0; rows.next(); i++) {
        times[i] = rows.timeMs();
      }
      Arrays.sort(times);
      return times[(int) Math.floor(times.length * (1 - heldOut))];
    }
  }

  /** The rows with a time in {@code [fromMs, toMs)}; the copy outside XGBoost is freed again. */
  private DMatrix matrix(long fromMs, long toMs) throws IOException, XGBoostError {
    Path file = folder.resolve("rows.bin");
    int count = 0;
    try (FloatMatrix.Reader rows = new FloatMatrix.Reader(file)) {
      while (rows.next()) {
        count += rows.timeMs() >= fromMs && rows.timeMs() < toMs ? 1 : 0;
      }
    }
    try (FloatMatrix.Reader rows = new FloatMatrix.Reader(file)) {
      BigDenseMatrix dense = new BigDenseMatrix(count, rows.columns());
      try {
        float[] labels = new float[count];
        long at = 0;
        for (int row = 0; rows.next(); ) {
          if (rows.timeMs() < fromMs || rows.timeMs() >= toMs) {
            continue;
          }
          labels[row++] = rows.label();
          for (int column = 0; column < rows.columns(); column++) {
            dense.set(at++, rows.value(column));
          }
        }
        DMatrix matrix = new DMatrix(dense, Float.NaN);
        matrix.setLabel(labels);
        return matrix;
      } finally {
        dense.dispose();
      }
    }
  }

  private static double metric(String evaluation, String name) {
    int at = evaluation.indexOf(name);
    if (at < 0) {
      throw new IllegalStateException("no " + name + " in " + evaluation);
    }
    String rest = evaluation.substring(at + name.length());
    int end = rest.indexOf('\t');
    return Double.parseDouble(end < 0 ? rest : rest.substring(0, end));
  }

  /** Scores every row with the trees up to the best, by the call that takes infinities, too. */
  private void predict() throws IOException, XGBoostError {
    Booster booster = XGBoost.loadModel(folder.resolve("model.json").toString());
    booster.setParam("nthread", "1");
    int[] trees = {0, Integer.parseInt(booster.getAttr("best_iteration")) + 1};
    try (FloatMatrix.Reader rows = new FloatMatrix.Reader(folder.resolve("rows.bin"));
        var out =
            Files.newByteChannel(
                folder.resolve("scores.bin"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
      long left = rows.rows();
      while (left > 0) {
        int count = (int) Math.min(PREDICT_ROWS, left);
        float[] inputs = new float[count * rows.columns()];
        for (int row = 0, at = 0; row < count; row++) {
          rows.next();
          for (int column = 0; column < rows.columns(); column++) {
            inputs[at++] = rows.value(column);
          }
        }
        float[][] scores = booster.inplace_predict(inputs, count, rows.columns(), Float.NaN, trees);
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] score : scores) {
          bytes.putFloat(score[0]);
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        left -= count;
      }
    }
  }

  /** The request of a training, as {@link #train} reads it. */
  static void writeRequest(Path folder, XgboostParams params) throws IOException {
    Properties properties = new Properties();
    params.xgboost().forEach((name, value) -> properties.setProperty("xgboost." + name, value));
    properties.setProperty("rounds", Integer.toString(params.rounds()));
    properties.setProperty("patience", Integer.toString(params.patience()));
    properties.setProperty("held-out", Double.toString(params.heldOut()));
    try (Writer writer =
        Files.newBufferedWriter(folder.resolve("train.properties"), StandardCharsets.UTF_8)) {
      properties.store(writer, null);
    }
  }
}
