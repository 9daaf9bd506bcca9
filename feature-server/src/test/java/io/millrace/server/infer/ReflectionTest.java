package io.millrace.server.infer;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.grpc.GrpcClients;
import io.grpc.reflection.v1.ServerReflectionGrpc.ServerReflectionStub;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients that know no proto file, such as grpcurl, ask first. */
class ReflectionTest {
  @TempDir private Path folder;

  @Test
  void shouldNameAndDescribeEveryService() throws Exception {
    try (TestFeatureServer server = new TestFeatureServer(folder)) {
      List<String> services =
          ask(server, ServerReflectionRequest.newBuilder().setListServices("").build())
              .getListServicesResponse()
              .getServiceList()
              .stream()
              .map(ServiceResponse::getName)
              .toList();

      assertThat(services)
          .contains("feast.serving.ServingService", "inference.GRPCInferenceService");
      for (String service : services) {
        ServerReflectionResponse described =
            ask(
                server,
                ServerReflectionRequest.newBuilder().setFileContainingSymbol(service).build());
        assertThat(described.getFileDescriptorResponse().getFileDescriptorProtoCount())
            .as("%s: %s", service, described)
            .isPositive();
      }
    }
  }

  private static ServerReflectionResponse ask(
      TestFeatureServer server, ServerReflectionRequest request) throws Exception {
    ServerReflectionStub stub =
        GrpcClients.newClient(
            "gproto+http://127.0.0.1:" + server.port(), ServerReflectionStub.class);
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> asking =
        stub.serverReflectionInfo(
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse response) {
                answer.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                answer.completeExceptionally(error);
              }

              @Override
              public void onCompleted() {
                answer.completeExceptionally(new AssertionError("no answer"));
              }
            });
    asking.onNext(request);
    ServerReflectionResponse response = answer.get(30, TimeUnit.SECONDS);
    asking.onCompleted();
    return response;
  }
}
