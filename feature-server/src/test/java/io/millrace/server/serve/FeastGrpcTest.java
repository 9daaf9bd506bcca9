package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.feast.FeastClient;
import dev.feast.Row;
import feast.proto.serving.ServingAPIProto;
import io.grpc.StatusRuntimeException;
import io.millrace.server.serve.feast.proto.FieldStatus;
import io.millrace.server.serve.feast.proto.GetFeastServingInfoRequest;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponse;
import io.millrace.server.serve.feast.proto.ServingServiceGrpc.ServingServiceBlockingStub;
import io.millrace.server.serve.feast.proto.ValueProto.RepeatedValue;
import io.millrace.server.serve.feast.proto.ValueProto.Value;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeastGrpcTest {
  @TempDir static Path folder;

  private static TestServing server;
  private static ServingServiceBlockingStub stub;

  @BeforeAll
  static void start() {
    server = TestServing.start(folder);
    stub =
        GrpcClients.newClient(
            "gproto+http://127.0.0.1:" + server.server.port() + "/",
            ServingServiceBlockingStub.class);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RepeatedValue texts(String... texts) {
    RepeatedValue.Builder values = RepeatedValue.newBuilder();
    for (String text : texts) {
      values.addVal(Value.newBuilder().setStringVal(text));
    }
    return values.build();
  }

  @Test
  void shouldAnswerFeastsOwnClient() throws Exception {
    try (FeastClient client = FeastClient.create("127.0.0.1", server.server.port())) {
      List<Row> rows =
          client.getOnlineFeatures(
              List.of("card:payments_1h", "card:last_amount"),
              List.of(
                  Row.create().set("card", "c1"),
                  Row.create().set("card", "c2"),
                  Row.create().set("card", "nobody")));

      assertThat(rows).hasSize(3);
      assertThat(rows.get(0).getString("card")).isEqualTo("c1");
      assertThat(rows.get(0).getLong("payments_1h")).isEqualTo(3);
      assertThat(rows.get(0).getDouble("last_amount")).isEqualTo(7.25);
      assertThat(rows)
          .extracting(row -> row.getStatus("last_amount"))
          .containsExactly(
              ServingAPIProto.FieldStatus.PRESENT,
              ServingAPIProto.FieldStatus.OUTSIDE_MAX_AGE,
              ServingAPIProto.FieldStatus.NOT_FOUND);
      assertThat(client.getFeastServingInfo().getVersion()).isEqualTo("millrace-0.1.0");
    }
  }

  @Test
  void shouldAnswerAServiceWithValuesStatusesAndTimesInTheOrderOfTheNames() {
    GetOnlineFeaturesResponse response =
        stub.getOnlineFeatures(
            GetOnlineFeaturesRequest.newBuilder()
                .setFeatureService("fraud_v1")
                .putEntities("card", texts("c1"))
                .putEntities("shop", texts("s1"))
                .putRequestContext(
                    "at",
                    RepeatedValue.newBuilder()
                        .addVal(Value.newBuilder().setUnixTimestampVal(1_785_570_000))
                        .build())
                .setFullFeatureNames(true)
                .setIncludeFeatureViewVersionMetadata(true)
                .build());

    assertThat(response.getMetadata().getFeatureNames().getValList())
        .containsExactly(
            "card",
            "shop",
            "amount",
            "hour",
            "card__payments_1h",
            "card__spent_1h",
            "card__last_amount",
            "shop__mean_amount_10m");
    assertThat(response.getMetadata().getFeatureViewMetadataList())
        .extracting(view -> view.getName() + " " + view.getVersion())
        .containsExactly("card 1", "shop 1");
    assertThat(response.getStatus()).isTrue();
    GetOnlineFeaturesResponse.FeatureVector payments = response.getResults(4);
    assertThat(payments.getValues(0).getInt64Val()).isEqualTo(3);
    assertThat(payments.getStatuses(0)).isEqualTo(FieldStatus.PRESENT);
    assertThat(payments.getEventTimestamps(0))
        .isEqualTo(
            Timestamp.newBuilder()
                .setSeconds(TestServing.NOON_MS / 1000 - 3601)
                .setNanos(500_000_000)
                .build());
    assertThat(response.getResults(3).getValues(0).getInt64Val()).isEqualTo(7);
    assertThat(response.getResults(2).getStatuses(0)).isEqualTo(FieldStatus.NULL_VALUE);
    assertThat(response.getResults(7).getValues(0).getValCase())
        .isEqualTo(Value.ValCase.VAL_NOT_SET);
    assertThat(response.getResults(7).getStatuses(0)).isEqualTo(FieldStatus.NULL_VALUE);
  }

  @Test
  void shouldRefuseWithTheCodeAndTheMessageThatHttpHasToo() {
    assertRefused(
        GetOnlineFeaturesRequest.newBuilder().setFeatureService("fraud_v2"),
        "NOT_FOUND: there is no feature service fraud_v2; did you mean fraud_v1?");
    GetOnlineFeaturesRequest.Builder cards = GetOnlineFeaturesRequest.newBuilder();
    cards.getFeaturesBuilder().addVal("card:payments_1h");
    assertRefused(
        cards.clone(),
        "INVALID_ARGUMENT: the request has no column card (a key of the view card); add it to"
            + " entities, one value a row");
    assertRefused(
        cards
            .clone()
            .putEntities(
                "card",
                RepeatedValue.newBuilder().addVal(Value.newBuilder().setInt32Val(7)).build()),
        "INVALID_ARGUMENT: entities.card[0] is the number 7, but card is STRING; send a text: \"7\"");
  }

  private static void assertRefused(GetOnlineFeaturesRequest.Builder request, String message) {
    assertThatThrownBy(() -> stub.getOnlineFeatures(request.build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage(message);
  }

  @Test
  void shouldSayWhatServes() {
    assertThat(
            stub.getFeastServingInfo(GetFeastServingInfoRequest.getDefaultInstance()).getVersion())
        .isEqualTo("millrace-0.1.0");
  }
}
