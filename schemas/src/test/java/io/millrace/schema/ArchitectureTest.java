package io.millrace.schema;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.millrace.schema",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule confluentIsNamedOnlyInTheRegistry =
      noClasses()
          .that()
          .doNotBelongToAnyOf(ConfluentSchemaRegistry.class)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.flink.avro..");

  @ArchTest
  static final ArchRule kafkaIsNamedOnlyInTheHeartbeat =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Heartbeat.class)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka..");

  @ArchTest
  static final ArchRule jsonIsNamedOnlyInTheContract =
      noClasses()
          .that()
          .doNotBelongToAnyOf(FeatureContract.class)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml..");

  @ArchTest
  static final ArchRule bytesKnowTheVocabularyAndNoEngineAndNoStore =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.millrace.feature",
              "io.millrace.feature.erasure",
              "io.millrace.feature.loop",
              "io.millrace.schema",
              "org.apache.avro..",
              "org.apache.flink.avro..",
              "org.apache.kafka.common.header",
              "com.fasterxml.jackson..");
}
