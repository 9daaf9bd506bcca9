package io.millrace.inference;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.millrace.inference",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule flinkIsNamedOnlyInFlink = onlyIn("flink", "org.apache.flink..");

  @ArchTest
  static final ArchRule onnxIsNamedOnlyInOnnx =
      onlyIn("onnx", "ai.onnxruntime..", "ai.onnx..", "com.google.protobuf..");

  @ArchTest static final ArchRule xgboostIsNamedOnlyInTrain = onlyIn("train", "ml.dmlc..");

  @ArchTest
  static final ArchRule xgboostIsNamedOnlyByTheChildProcess =
      noClasses()
          .that()
          .doNotHaveSimpleName("XgboostProcess")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ml.dmlc..");

  @ArchTest
  static final ArchRule filesAreReadOnlyByModelAndTrain =
      noClasses()
          .that()
          .resideOutsideOfPackages("..inference.model", "..inference.train")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.file..", "io.millrace.offline..");

  @ArchTest
  static final ArchRule jsonIsWrittenOnlyWhereSomethingIsKept =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "..inference.model", "..inference.train", "..inference.gate", "..inference.drift")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml..");

  @ArchTest
  static final ArchRule parquetIsLeftToTheOfflineStore =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.avro..", "org.apache.parquet..", "org.apache.hadoop..");

  @ArchTest
  static final ArchRule theOperatorDoesNotKnowWhereModelsComeFrom =
      noClasses()
          .that()
          .resideInAPackage("..inference.flink")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..inference.model", "..inference.onnx", "..inference.train");

  @ArchTest
  static final ArchRule theRootKnowsNoneOfItsPackages =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.inference")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.inference.*..");

  @ArchTest
  static final ArchRule onnxAndModelDoNotKnowTheTrainer =
      noClasses()
          .that()
          .resideInAnyPackage("..inference.onnx", "..inference.model")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("..inference.train");

  private static ArchRule onlyIn(String owner, String... libraries) {
    return noClasses()
        .that()
        .resideOutsideOfPackage("..inference." + owner)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }
}
