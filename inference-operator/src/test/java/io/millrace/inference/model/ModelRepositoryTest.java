package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.TestTrees;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import io.millrace.schema.FeatureContract;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRepositoryTest {
  private static final RowSchema SCHEMA =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("mean", ValueType.FLOAT64),
              Field.nullable("last", ValueType.INT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("night", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP)));
  private static final TreeEnsemble TREES = TestTrees.random(5, 40, 4, 11);

  @TempDir Path root;
  private ModelRepository repository;

  @BeforeEach
  void open() {
    repository = new ModelRepository(root);
  }

  private static Values vector(Random random) {
    return Values.of(
        random.nextInt(5) == 0 ? null : random.nextGaussian(),
        (long) random.nextInt(3),
        List.of("UA", "DL", "unknown").get(random.nextInt(3)),
        random.nextBoolean(),
        random.nextInt(9) == 0 ? null : Instant.ofEpochMilli(random.nextInt(3)));
  }

  private static FeatureEncoder encoder() {
    FeatureEncoder.Fitting fitting = FeatureEncoder.fitting(SCHEMA, 10);
    fitting.add(Values.of(0.0, 0, "UA", true, Instant.EPOCH));
    fitting.add(Values.of(0.0, 0, "DL", true, Instant.EPOCH));
    return fitting.encoder();
  }

  private static GoldenRows golden(TreeEnsemble trees) {
    Random random = new Random(4);
    List<Values> vectors = new ArrayList<>();
    float[] expected = new float[GoldenRows.FEWEST];
    float[] row = new float[5];
    for (int i = 0; i < expected.length; i++) {
      vectors.add(vector(random));
      encoder().encode(vectors.get(i), FloatBuffer.wrap(row), 0);
      expected[i] = TestTrees.score(trees, row);
    }
    return new GoldenRows(vectors, expected);
  }

  private static ModelBundle draft(FeatureEncoder encoder) {
    return new ModelBundle(
        "delay",
        1,
        Instant.parse("2026-01-01T00:00:00Z"),
        "",
        encoder,
        new Lineage(
            "delay_v1",
            "abc",
            "by hand",
            7,
            Map.of("eta", "0.1"),
            10,
            3,
            1,
            9,
            8,
            40,
            30,
            123,
            "delay/1/9",
            Optional.of(
                new Lineage.Snapshot(1, 10, 11, Map.of("flights-0", 42L), Map.of("arrived", 7L)))),
        new ModelMetrics(
            new Evaluation(10, 3, 0.75, 0.5),
            new Evaluation(10, 3, 0.5, 0.6),
            Optional.of(new Evaluation(10, 0, Double.NaN, 0.1)),
            11_000,
            1.25e-7));
  }

  @Test
  void shouldSwapChampionAndPreviousOnRollback() {
    save();
    save();
    save();
    repository.promote("delay", 1);
    assertThatThrownBy(() -> repository.rollback("delay"))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessage(
            root
                + " has no previous version of model delay to go back to; promote one of [1, 2,"
                + " 3]");

    repository.challenge("delay", 3);
    repository.promote("delay", 3);
    assertThat(repository.challenger("delay")).as("a champion challenges nobody").isEmpty();
    repository.promote("delay", 3);
    assertThat(repository.previous("delay")).as("promoted twice").hasValue(1);

    assertThat(repository.rollback("delay")).isEqualTo(1);
    assertThat(repository.champion("delay")).hasValue(1);
    assertThat(repository.previous("delay")).hasValue(3);
    assertThatThrownBy(() -> repository.promote("delay", 4))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessage(root + " has no version 4 of model delay; it has [1, 2, 3]");
    assertThat(repository.champion("delay")).hasValue(1);
  }

  @Test
  void shouldKeepProfileAndVerdictsBesideTheModel() {
    repository.save(
        draft(encoder()), TreeEnsembleOnnx.write(TREES), golden(TREES), "{\"bins\": 1}");
    save();

    repository.saveVerdicts("delay", 1, "{\"passed\": false}");
    repository.saveVerdicts("delay", 1, "{\"passed\": true}");

    assertThat(repository.profile("delay", 1)).hasValue("{\"bins\": 1}");
    assertThat(repository.profile("delay", 2)).isEmpty();
    assertThat(repository.verdicts("delay", 1)).hasValue("{\"passed\": true}");
    assertThat(repository.verdicts("delay", 2)).isEmpty();
    assertThat(repository.versions("delay")).containsExactly(1, 2);
    repository.load("delay", 2).close();
  }

  @Test
  void shouldReadTheLineageOfOldBundles() throws Exception {
    save();
    Path file = root.resolve("delay/1/bundle.json");
    String old =
        Files.readString(file)
            .replaceAll("(?s),\\s*\"requestId\".*?\"offsets\" : \\{.*?\\}\\s*\\}", "");
    assertThat(old).doesNotContain("requestId", "snapshot");
    Files.writeString(file, old);

    Lineage lineage = repository.bundle("delay", 1).lineage();

    assertThat(lineage.requestId()).isEmpty();
    assertThat(lineage.snapshot()).isEmpty();
    assertThat(lineage.trainMillis()).isEqualTo(123);
  }

  private ModelBundle save() {
    return repository.save(draft(encoder()), TreeEnsembleOnnx.write(TREES), golden(TREES));
  }

  @Test
  void shouldReadBackWhatWasSaved() {
    ModelBundle saved = save();

    assertThat(saved.version()).isEqualTo(1);
    assertThat(saved.onnxSha256()).matches("[0-9a-f]{64}");
    assertThat(repository.bundle("delay", 1)).isEqualTo(saved);
    try (LoadedModel model = repository.load("delay", 1)) {
      assertThat(model.bundle()).isEqualTo(saved);
      assertThat(model.encoder()).isEqualTo(encoder());
    }
  }

  @Test
  void shouldScoreAsTheTrainerDid() throws Exception {
    save();
    GoldenRows golden = golden(TREES);
    try (LoadedModel model = repository.load("delay", 1)) {
      assertThat(model.score(golden.vectors().get(5)))
          .isCloseTo(golden.expected()[5], within(1e-6f));
    }
  }

  @Test
  void shouldNumberVersionsFromOne() {
    assertThat(repository.versions("delay")).isEmpty();
    assertThat(repository.latest("delay")).isEmpty();
    save();
    save();

    assertThat(repository.versions("delay")).containsExactly(1, 2);
    assertThat(repository.latest("delay")).hasValue(2);
    assertThat(repository.models()).containsExactly("delay");
  }

  @Test
  void shouldGiveEachOfManySaversItsOwnNumber() throws Exception {
    ExecutorService savers = Executors.newFixedThreadPool(4);
    try {
      List<Future<ModelBundle>> saves =
          IntStream.range(0, 12).mapToObj(i -> savers.submit(this::save)).toList();
      Set<Integer> versions = new TreeSet<>();
      for (Future<ModelBundle> save : saves) {
        versions.add(save.get().version());
      }

      assertThat(versions).containsExactlyElementsOf(IntStream.rangeClosed(1, 12).boxed().toList());
    } finally {
      savers.shutdownNow();
    }
    for (int version : repository.versions("delay")) {
      assertThat(repository.bundle("delay", version).version()).isEqualTo(version);
    }
    try (Stream<Path> files = Files.list(root.resolve("delay"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("drafts left behind")
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void shouldRememberTheChampion() {
    save();
    save();
    assertThat(repository.champion("delay")).isEmpty();

    repository.promote("delay", 2);
    repository.promote("delay", 1);

    assertThat(repository.champion("delay")).hasValue(1);
    assertThat(repository.versions("delay")).containsExactly(1, 2);
  }

  @Test
  void shouldNotPromoteAVersionThatDoesNotExist() {
    save();

    assertThatThrownBy(() -> repository.promote("delay", 3))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessage(root + " has no version 3 of model delay; it has [1]");
  }

  @Test
  void shouldOpenTheChampionElseTheLatest() {
    save();
    save();
    RepositoryModelSource source = RepositoryModelSource.champion(root, "delay");

    try (LoadedModel model = source.open()) {
      assertThat(model.version()).isEqualTo(2);
    }
    repository.promote("delay", 1);
    try (LoadedModel model = source.open()) {
      assertThat(model.version()).isEqualTo(1);
    }
    try (LoadedModel model = RepositoryModelSource.version(root, "delay", 2).open()) {
      assertThat(model.version()).isEqualTo(2);
    }
    assertThatThrownBy(() -> RepositoryModelSource.champion(root, "fraud").open())
        .hasMessage(root + " has no model fraud; train it first");
  }

  @Test
  void shouldRefuseAModelFileThatWasChanged() throws Exception {
    save();
    Path onnx = repository.folder("delay", 1).resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(onnx);
    bytes[bytes.length / 2] ^= 1;
    Files.write(onnx, bytes);

    assertThatThrownBy(() -> repository.load("delay", 1))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessageStartingWith(repository.folder("delay", 1) + ": model.onnx has the SHA-256 ")
        .hasMessageEndingWith("it was changed or damaged");
  }

  @Test
  void shouldRefuseTreesThatDoNotGiveTheGoldenScores() {
    repository.save(
        draft(encoder()), TreeEnsembleOnnx.write(TestTrees.random(5, 40, 4, 12)), golden(TREES));

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining("golden row 0 scores ")
        .hasMessageContaining("do not belong together");
  }

  @Test
  void shouldRefuseAVocabularyThatWasReordered() throws Exception {
    save();
    Path json = repository.folder("delay", 1).resolve("bundle.json");
    String swapped =
        Files.readString(json)
            .replace("\"UA\"", "\"??\"")
            .replace("\"DL\"", "\"UA\"")
            .replace("\"??\"", "\"DL\"");
    Files.writeString(json, swapped);

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining("golden row ")
        .hasMessageContaining("do not belong together");
  }

  @Test
  void shouldRefuseGoldenRowsOfAnotherContract() throws Exception {
    save();
    List<Field> fields = new ArrayList<>(SCHEMA.fields());
    fields.set(1, Field.nullable("first", ValueType.INT64));
    Path file = repository.folder("delay", 1).resolve("golden.parquet");
    Files.delete(file);
    golden(TREES).write(file, new RowSchema("delay_v1", fields));

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining("golden.parquet has the columns [mean FLOAT64, first INT64, ")
        .hasMessageContaining("but the contract in bundle.json gives [mean FLOAT64, last INT64, ");
  }

  @Test
  void shouldRefuseAModelOfAnotherWidth() {
    FeatureEncoder narrow = encoder().only(Set.of("mean", "last"));
    repository.save(draft(narrow), TreeEnsembleOnnx.write(TREES), golden(TREES));

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining(
            "model.onnx reads 5 columns, but the encoder of bundle.json writes 2");
  }

  @Test
  void shouldRefuseAnIncompleteFolder() throws Exception {
    save();
    Files.delete(repository.folder("delay", 1).resolve("golden.parquet"));

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining("there is no file ")
        .hasMessageContaining("golden.parquet");
  }

  @Test
  void shouldRefuseABundleInAnotherFolder() throws Exception {
    save();
    Files.move(repository.folder("delay", 1), repository.folder("delay", 7));

    assertThatThrownBy(() -> repository.load("delay", 7))
        .hasMessageContaining("says it is delay version 1");
  }

  @Test
  void shouldSayWhatABundleLacks() throws Exception {
    save();
    Path json = repository.folder("delay", 1).resolve("bundle.json");
    String good = Files.readString(json);

    Files.writeString(json, good.replace("\"seed\"", "\"sead\""));
    assertThatThrownBy(() -> repository.bundle("delay", 1))
        .hasMessageEndingWith("bundle.json: seed is missing");
    Files.writeString(json, good.replace("\"format\" : 1", "\"format\" : 2"));
    assertThatThrownBy(() -> repository.bundle("delay", 1))
        .hasMessageEndingWith("bundle.json has format 2; this version of Millrace reads 1");
    Files.writeString(json, good.substring(0, 40));
    assertThatThrownBy(() -> repository.bundle("delay", 1))
        .hasMessageContaining("bundle.json is no JSON");
  }

  @Test
  void shouldRefuseNamesThatLeaveTheFolder() {
    assertThatThrownBy(() -> repository.versions("../etc"))
        .hasMessage("'../etc' is no model's name");
    assertThatThrownBy(() -> repository.load("..", 1)).hasMessage("'..' is no model's name");
  }

  @Test
  void shouldAcceptOnlyVectorsItWasTrainedOn() {
    save();
    List<Field> fields = new ArrayList<>(SCHEMA.fields());
    fields.set(1, Field.nullable("last", ValueType.FLOAT64));
    fields.remove(4);
    FeatureContract other = FeatureContract.of(new RowSchema("delay_v1", fields));
    RepositoryModelSource source = RepositoryModelSource.version(root, "delay", 1);

    source.requiring(FeatureContract.of(SCHEMA)).open().close();
    assertThatThrownBy(() -> source.requiring(other).open())
        .isInstanceOf(ModelRefusedException.class)
        .hasMessage(
            "model delay version 1 cannot score these vectors, train it again: the features are not"
                + " those of the contract: last is FLOAT64 instead of INT64; at is missing");
  }

  @Test
  void shouldRefuseAContractThatWasEdited() throws Exception {
    save();
    Path json = repository.folder("delay", 1).resolve("bundle.json");
    Files.writeString(json, Files.readString(json).replace("\"last\"", "\"first\""));

    assertThatThrownBy(() -> repository.load("delay", 1))
        .hasMessageContaining("bundle.json: the feature contract was edited");
  }

  @Test
  void shouldRefuseTooFewGoldenRows() {
    assertThatThrownBy(() -> new GoldenRows(List.of(new Values(5)), new float[1]))
        .hasMessage("1 golden vectors and 1 scores; give one score a vector, and at least 1000");
  }
}
