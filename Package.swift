// swift-tools-version: 6.3

import PackageDescription

/// Every target of ours is compiled with the same strictness: warnings are errors, pointers are marked,
/// and an import is visible only where it is written.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "ccr-audit",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "ccr-audit", targets: ["ccr-audit"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // Data flows downwards: bytes → records → requests → ledger → audit → report → people.
    .target(name: "Model", dependencies: [crypto], swiftSettings: strict),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Reading", dependencies: ["Model", "CZlib", grdb], swiftSettings: strict),
    .target(name: "Ledger", dependencies: ["Model", "Reading", grdb, sqlite], swiftSettings: strict),
    // What a fleet's server is sent and asked: text and bytes, no network.
    .target(name: "Fleet", dependencies: ["Model", "Ledger", "CZlib"], swiftSettings: strict),
    .target(name: "Pricing", dependencies: ["Model", yams], swiftSettings: strict),
    // Files of the root inside the program: the build reads pricing/, systemd/ and launchd/ with embed-files.
    .executableTarget(name: "embed-files", dependencies: ["Pricing"], swiftSettings: strict),
    .plugin(name: "Embed", capability: .buildTool(), dependencies: ["embed-files"], path: "Sources/Embed"),
    .target(name: "BuiltInPrices", dependencies: ["Pricing"], swiftSettings: strict, plugins: ["Embed"]),
    .target(name: "Audit", dependencies: ["Model", "Pricing"], swiftSettings: strict),
    .target(name: "Report", dependencies: ["Model", "Pricing", "Audit"], swiftSettings: strict),
    // The few functions of libcurl that a webhook needs, opened when something is sent.
    .target(name: "CCurl"),
    .target(
      name: "Commands",
      dependencies: [
        "Model", "Reading", "Pricing", "BuiltInPrices", "Ledger", "Fleet", "Audit", "Report",
        .target(name: "CCurl", condition: .when(platforms: [.linux])), argumentParser, yams,
      ],
      swiftSettings: strict, plugins: ["Embed"]),
    .executableTarget(name: "ccr-audit", dependencies: ["Commands"], swiftSettings: strict),

    // What measures the program; see Benchmarks/README.md.
    .target(name: "BenchmarkKit", path: "Benchmarks/Kit", swiftSettings: strict),
    .executableTarget(
      name: "bench", dependencies: ["BenchmarkKit", argumentParser], path: "Benchmarks/Runner", swiftSettings: strict),
    .executableTarget(
      name: "bench-empty", dependencies: [argumentParser], path: "Benchmarks/Empty", swiftSettings: strict),
    .testTarget(name: "BenchmarkTests", dependencies: ["BenchmarkKit"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Commands", yams], path: "Tests/TestSupport",
      swiftSettings: strict
    ),
    // A pricing table in memory, for tests of what prices are used for.
    .target(
      name: "TestPrices", dependencies: ["Model", "Pricing", "Audit"], path: "Tests/TestPrices",
      swiftSettings: strict),
    .testTarget(name: "ModelTests", dependencies: ["Model"], swiftSettings: strict),
    .testTarget(
      name: "ReadingTests", dependencies: ["Reading", "Model", "TestSupport", "CZlib", grdb], swiftSettings: strict),
    .testTarget(
      name: "LedgerTests", dependencies: ["TestSupport", "Ledger", "Reading", "Model", grdb], swiftSettings: strict),
    .testTarget(
      name: "FleetTests", dependencies: ["TestSupport", "Commands", "Fleet", "Ledger", "Model", argumentParser, grdb],
      swiftSettings: strict),
    .testTarget(
      name: "PricingTests", dependencies: ["TestSupport", "Model", "Pricing", "BuiltInPrices"],
      exclude: ["Oracles", "Imports"],
      swiftSettings: strict),
    .testTarget(
      name: "AuditTests", dependencies: ["Model", "Pricing", "BuiltInPrices", "Audit", "TestPrices"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportTests", dependencies: ["TestSupport", "Model", "Pricing", "Audit", "Report", "TestPrices"],
      exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "DeliveryTests", dependencies: ["Commands", "Model", "Pricing", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TestSupport", "TestPrices", "Commands", "Model", "Pricing", "Audit", "ccr-audit",
        argumentParser, grdb,
      ],
      exclude: ["Snapshots", "JUnit", "Hostile"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// `make libfuzzer`: one reader's code, and libFuzzer's main function. It needs other flags than all else.
if Context.environment["CCR_AUDIT_FUZZ"] != nil {
  package.products = []
  package.targets =
    package.targets.filter { ["Model", "CZlib", "Reading"].contains($0.name) } + [
      .target(name: "FuzzReader", dependencies: ["Reading"], path: "Tests/Fuzz/Reader", swiftSettings: strict),
      .executableTarget(name: "fuzz", dependencies: ["FuzzReader"], path: "Tests/Fuzz/Program"),
    ]
}
