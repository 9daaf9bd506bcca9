package io.millrace.feature.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Definitions;
import io.millrace.feature.Field;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorPlanTest {
  private static final String TRANSFER_AVRO =
      """
      {"type": "record", "name": "transfer", "fields": [
        {"name": "payer", "type": "string"},
        {"name": "payee", "type": ["null", "string"], "default": null},
        {"name": "amount", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  @TempDir Path folder;

  private static DefinitionBuilder transfers() {
    return new DefinitionBuilder()
        .source(SourceBuilder.named("transfers").schema(TRANSFER_AVRO).eventTime("at"))
        .view(
            ViewBuilder.named("account")
                .entity("payer")
                .source("transfers")
                .feature("sent", FeatureBuilder.sum("amount"))
                .feature("transfers", FeatureBuilder.count()));
  }

  private static ServiceBuilder both() {
    return ServiceBuilder.named("both")
        .request("transfers")
        .computed("amount", "amount * 2.0")
        .feature("account", "*")
        .feature("account", "payee", "*", Map.of("payer", "payee"))
        .computed("ratio", "account__sent / payee__sent")
        .computed("steep", "ratio > 1.0 && payee__transfers < account__transfers")
        .computed("of_request", "amount + 0.0");
  }

  @Test
  void shouldComputeFromTheRequestAndTheFeaturesListedBefore() {
    Definitions definitions = transfers().service(both()).build();
    VectorPlan plan = VectorPlan.of(definitions.service("both"), definitions);
    assertThat(plan.vectorSchema().fields())
        .extracting(Field::name)
        .containsExactly(
            "amount",
            "account__sent",
            "account__transfers",
            "payee__sent",
            "payee__transfers",
            "ratio",
            "steep",
            "of_request");
    assertThat(plan.lookups()).hasSize(2);
    Values request = Values.of("a", "b", 12.5, Instant.EPOCH);
    Values vector = plan.vector(request, new Values[] {Values.of(30.0, 3L), Values.of(20.0, 1L)});
    // A column goes before a feature of its name.
    assertThat(vector).isEqualTo(Values.of(25.0, 30.0, 3L, 20.0, 1L, 1.5, true, 12.5));
    assertThat(plan.recomputed(request, vector)).isEqualTo(vector);
    assertThat(plan.recomputed(request, Values.of(25.0, 30.0, 3L, 20.0, 1L, 1.6, true, 12.5)))
        .isEqualTo(vector);
  }

  @Test
  void shouldComputeFromWhatAKeyThatWasNeverSeenHas() {
    Definitions definitions = transfers().service(both()).build();
    VectorPlan plan = VectorPlan.of(definitions.service("both"), definitions);
    Values vector =
        plan.vector(
            Values.of("a", null, 12.5, Instant.EPOCH), new Values[] {Values.of(30.0, 3L), null});
    assertThat(vector).isEqualTo(Values.of(25.0, 30.0, 3L, null, 0L, null, null, 12.5));
  }

  @Test
  void shouldEqualTheFileOfTheSameContent() throws Exception {
    Files.writeString(folder.resolve("transfer.avsc"), TRANSFER_AVRO);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: transfers
        topic: transfers
        schema: transfer.avsc
        event-time: {field: at}
        ---
        kind: FeatureView
        name: account
        entity: {keys: [payer]}
        source: transfers
        features:
          sent: {sum: amount}
          transfers: {count: "*"}
        ---
        kind: FeatureService
        name: both
        request: transfers
        features:
          - {name: amount, expr: amount * 2.0}
          - account.*
          - {view: account, as: payee, features: "*", keys: {payer: payee}}
          - {name: ratio, expr: account__sent / payee__sent}
          - {name: steep, expr: ratio > 1.0 && payee__transfers < account__transfers}
          - {name: of_request, expr: amount + 0.0}
        """);
    assertThat(DefinitionFiles.load(folder, Map.of()))
        .isEqualTo(transfers().service(both()).build());
  }

  @Test
  void shouldRefuseTwoMappingsOfOneViewUnderOneName() {
    ServiceBuilder service =
        ServiceBuilder.named("both")
            .request("transfers")
            .feature("account", "sent")
            .feature("account", "sent", Map.of("payer", "payee"));
    assertThatThrownBy(() -> transfers().service(service).build())
        .hasMessage("feature service both: both has two fields named account__sent");
  }

  @Test
  void shouldNotComputeFromWhatIsListedAfter() {
    ServiceBuilder service =
        ServiceBuilder.named("both")
            .request("transfers")
            .computed("share", "amount / account__sent")
            .feature("account", "sent");
    assertThatThrownBy(() -> transfers().service(service).build())
        .hasMessageContaining("transfer has no column account__sent");
  }
}
