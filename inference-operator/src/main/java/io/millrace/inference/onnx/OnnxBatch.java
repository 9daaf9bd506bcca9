package io.millrace.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Direct buffers, and over them one pair of tensors for each batch size that is run: 1, 2, 4 ...
 * and the capacity. A run of other sizes is padded with copies of its last row.
 */
final class OnnxBatch implements ScoreBatch {
  private static final int MOST_FLOATS = 1 << 28;

  private final OrtSession session;
  private final int columns;
  private final int capacity;
  private final FloatBuffer input;
  private final FloatBuffer output;
  private final List<Bucket> buckets = new ArrayList<>();

  /** The arguments of {@code session.run} for one size, made once. */
  private record Bucket(
      int rows,
      OnnxTensor in,
      OnnxTensor out,
      Map<String, OnnxTensor> inputs,
      Map<String, OnnxTensor> outputs) {}

  OnnxBatch(OrtEnvironment environment, OrtSession session, int columns, int capacity) {
    if (capacity < 1 || (long) capacity * columns > MOST_FLOATS) {
      throw new IllegalArgumentException(
          "a batch of "
              + capacity
              + " rows with "
              + columns
              + " columns; give 1 to "
              + MOST_FLOATS / columns
              + " rows");
    }
    this.session = session;
    this.columns = columns;
    this.capacity = capacity;
    this.input = direct(capacity * columns);
    this.output = direct(capacity);
    try {
      for (int rows = 1; rows < capacity; rows *= 2) {
        buckets.add(bucket(environment, rows));
      }
      buckets.add(bucket(environment, capacity));
      for (Bucket bucket : buckets) {
        run(bucket);
      }
    } catch (OrtException e) {
      close();
      throw new OnnxRefusedException(List.of("it fails on a row of zeros: " + e.getMessage()));
    }
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(floats * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private Bucket bucket(OrtEnvironment environment, int rows) throws OrtException {
    OnnxTensor in =
        OnnxTensor.createTensor(
            environment, input.slice(0, rows * columns), new long[] {rows, columns});
    OnnxTensor out =
        OnnxTensor.createTensor(environment, output.slice(0, rows), new long[] {rows, 1});
    return new Bucket(rows, in, out, Map.of(OnnxModel.INPUT, in), Map.of(OnnxModel.OUTPUT, out));
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public FloatBuffer input() {
    return input;
  }

  @Override
  public void run(int rows) throws ScoringException {
    if (rows < 1 || rows > capacity) {
      throw new IllegalArgumentException("a run of " + rows + " rows; give 1 to " + capacity);
    }
    Bucket bucket = bucketFor(rows);
    for (int row = rows; row < bucket.rows; row++) {
      input.put(row * columns, input, (rows - 1) * columns, columns);
    }
    try {
      run(bucket);
    } catch (OrtException e) {
      throw new ScoringException(e.getMessage(), e);
    }
  }

  private Bucket bucketFor(int rows) {
    // Sizes are powers of two up to the last: the exponent of the next power is the position.
    int position = Integer.SIZE - Integer.numberOfLeadingZeros(rows - 1);
    return buckets.get(Math.min(position, buckets.size() - 1));
  }

  private void run(Bucket bucket) throws OrtException {
    // The result owns nothing: its only value is the pinned output.
    session.run(bucket.inputs, Set.of(), bucket.outputs).close();
  }

  @Override
  public float score(int row) {
    return output.get(row);
  }

  @Override
  public void close() {
    for (Bucket bucket : buckets) {
      bucket.in.close();
      bucket.out.close();
    }
    buckets.clear();
  }
}
