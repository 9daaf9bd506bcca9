package io.millrace.online;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.online", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule rocksDbIsNamedOnlyInOnlineRocksdb =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.online.rocksdb")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.rocksdb..");

  @ArchTest
  static final ArchRule jedisIsNamedOnlyInOnlineRedis =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.online.redis")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("redis.clients..");

  @ArchTest
  static final ArchRule theContractKnowsNoImplementation =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.online")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.online.*..");

  @ArchTest
  static final ArchRule theStoresNeverSeeEachOther =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.millrace.offline..");

  @ArchTest
  static final ArchRule theOnlineStoreKnowsNoEngine =
      noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.flink..");
}
