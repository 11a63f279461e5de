import Commands
import Foundation
import TestPrices
import TestSupport
import Testing
import Model

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a check writes for machines, with names that somebody chose to do harm.
struct CheckFormatTests {
  private static let hostile = [
    "a\n::error::b", "c]]>d", "e\u{202E}f", "g%0A::warning file=x::h", "i&<j>\"k'", "l,title=m:n", "|`o\u{0}\u{FFFF}\r",
  ].map { ModelID(provider: "evil", model: $0) }

  /// A repository in which all of those are dearer than Sonnet.
  private func with<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try Repository.with { repository in
      try repository.test.write(
        "provider: evil\nmodels:\n"
          + Self.hostile.indices.map { "  - {model: \"x\($0)\", prices: [\(Self.price)]}\n" }.joined(),
        to: "pricing/e.yaml")
      // The table knows none of those names; a history holds whatever a log said.
      try repository.writeHistory(Self.hostile + (0..<12).map { ModelID(provider: "evil", model: "x\($0 % 7)") })
      return try body(repository.test)
    }
  }

  private static let price = "{from: 2026-01-01, input: \"9\", output: \"90\", source: s, verified: 2026-06-24}"

  /// An annotation as GitHub's runner reads it.
  private struct Command {
    var level: String
    var properties: [String: String]
    var text: String

    init?(_ line: String) {
      guard line.hasPrefix("::"), let end = line.dropFirst(2).range(of: "::") else { return nil }
      let head = line[line.index(line.startIndex, offsetBy: 2)..<end.lowerBound].split(separator: " ", maxSplits: 1)
      guard head.count == 2 else { return nil }
      func plain(_ text: String) -> String {
        text.replacing("%0D", with: "\r").replacing("%0A", with: "\n").replacing("%3A", with: ":")
          .replacing("%2C", with: ",").replacing("%25", with: "%")
      }
      level = String(head[0])
      properties = [:]
      for property in head[1].split(separator: ",") {
        let parts = property.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        properties[String(parts[0])] = plain(String(parts[1]))
      }
      text = plain(String(line[end.upperBound...]))
    }
  }

  @Test func annotationsAreReadBack() throws {
    try with { test in
      let outcome = test.run("check", "--format", "github")
      #expect(outcome.exitCode == 1)
      let lines = outcome.output.split(separator: "\n").map(String.init)
      let commands = lines.compactMap(Command.init)
      #expect(commands.count == lines.count)
      #expect(Set(commands.map(\.level)) == ["error", "warning"])
      #expect(commands.allSatisfy { Set($0.properties.keys) == ["title"] })
      let told = commands.filter { $0.properties["title"] == "No price" }.map(\.text)
      func tells(_ text: String) -> Bool {
        told.contains { $0.hasPrefix(text + "; give it one: ccr-audit pricing add ") }
      }
      #expect(tells("7 requests to evil/g%0A::warning file=x::h have no price in the table"))
      #expect(tells("7 requests to evil/a\\u{a}::error::b have no price in the table"))
      #expect(!outcome.output.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{0}" || $0 == "\r" })
    }
  }

  @Test func ofManyAnnotationsTheTenthCountsTheRest() throws {
    try Repository.with { repository in
      try repository.writeHistory((0..<25).map { ModelID(provider: "nobody", model: "m\($0)") } + [.minimax])
      let outcome = repository.test.run("check", "--format", "github", "--fail-on-unpriced")
      #expect(outcome.exitCode == 2)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 10)
      #expect(lines.last?.contains("and 16 more") == true)
    }
  }

  @Test func theStepsSummaryIsAppended() throws {
    try with { test in
      var context = test.context
      context.environment["GITHUB_STEP_SUMMARY"] = try test.write("before\n", to: "summary.md")
      test.context = context
      _ = test.run("check", "--format", "github")
      let page = try String(contentsOfFile: "\(test.home)/summary.md", encoding: .utf8)
      #expect(page.hasPrefix("before\n## Check failed"))
      #expect(page == "before\n" + test.run("check", "--format", "markdown").output)
      #expect(!page.contains("\u{202E}"))
    }
  }

  /// Jenkins' own schema, by a validator that nobody here wrote.
  @Test(.enabled(if: XMLLint.isAvailable, "xmllint is missing (Debian: libxml2-utils)"))
  func junitIsValidByJenkinssSchema() throws {
    let reports = try with { test in
      [test.run("check", "--format", "junit"), test.run("check", "--format", "junit", "--fail-on-unpriced")]
    }
    let empty = try Repository.with { repository in
      try repository.test.write("", to: "empty.jsonl")
      return repository.test.run("check", "--history", "empty.jsonl", "--format", "junit")
    }
    for report in reports + [empty] { #expect(try XMLLint.complaint(about: report.output) == nil) }
    #expect(empty.exitCode == 2)
    // It can also say no.
    let wrong = empty.output.replacing("<testsuite ", with: "<testsuite nobody=\"1\" ")
    #expect(try XMLLint.complaint(about: wrong) != nil)
  }

  @Test func junitFollowsItsSchema() throws {
    try with { test in
      for outcome in [
        test.run("check", "--format", "junit"), test.run("check", "--format", "junit", "--fail-on-unpriced"),
      ] {
        let document = try JUnitDocument(outcome.output)
        #expect(document.problems.isEmpty, "\(document.problems)")
        #expect(document.counted("testcase") == document.declared("tests"))
        #expect(document.counted("failure") == document.declared("failures"))
        #expect(document.counted("error") == document.declared("errors"))
        #expect(document.counted("skipped") == document.declared("skipped"))
        #expect((document.declared("failures") ?? 0) > 0)
        #expect(document.names.contains("evil/i&<j>\"k'"))
        #expect(document.names.contains("evil/c]]>d"))
        #expect(document.names.contains("evil/e\\u{202e}f"))
      }
    }
  }
}

/// The xmllint program.
private enum XMLLint {
  static let isAvailable = (try? run(["--version"])) == 0

  /// What is wrong with a JUnit report.
  static func complaint(about text: String) throws -> String? {
    let file = FileManager.default.temporaryDirectory.appending(path: "junit-\(UUID().uuidString).xml")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let schema = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "JUnit/junit-10.xsd")
    let status = try run([
      "--nonet", "--noout", "--schema", schema.path(percentEncoded: false), file.path(percentEncoded: false),
    ])
    return status == 0 ? nil : "xmllint ended with \(status)"
  }

  private static func run(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["xmllint"] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}

/// A JUnit report against the rules of the Ant schema: which elements stand where, with which attributes.
private final class JUnitDocument: NSObject, XMLParserDelegate {
  private static let children: [String: Set<String>] = [
    "": ["testsuites"], "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "testcase": ["failure", "error", "skipped"], "properties": [], "failure": [], "error": [], "skipped": [],
    "system-out": [], "system-err": [],
  ]
  private static let attributes: [String: Set<String>] = [
    "testsuites": [],
    "testsuite": [
      "name", "package", "id", "tests", "failures", "errors", "skipped", "timestamp", "hostname", "time",
    ],
    "testcase": ["name", "classname", "time"], "failure": ["message", "type"], "error": ["message", "type"],
    // The Ant schema leaves open what `skipped` holds; that of Jenkins names a message.
    "skipped": ["message"], "properties": [], "system-out": [], "system-err": [],
  ]

  private(set) var problems: [String] = []
  private(set) var names: Set<String> = []
  private var counts: [String: Int] = [:]
  private var suite: [String: String] = [:]
  private var path = [""]
  private var order: [String] = []

  init(_ text: String) throws {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() { problems.append("not well formed: \(String(describing: parser.parserError))") }
    let wanted = ["properties", "testcase", "system-out", "system-err"]
    let places = order.compactMap(wanted.firstIndex)
    if places != places.sorted() { problems.append("children of testsuite in another order") }
    if suite["timestamp"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/#) == nil { problems.append("timestamp") }
  }

  func counted(_ element: String) -> Int { counts[element] ?? 0 }
  func declared(_ attribute: String) -> Int? { suite[attribute].flatMap { Int($0) } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    let parent = path.last ?? ""
    if Self.children[parent]?.contains(name) != true { problems.append("\(name) in \(parent)") }
    if Set(attributes.keys) != Self.attributes[name] { problems.append("attributes of \(name)") }
    if parent == "testsuite" { order.append(name) }
    if name == "testsuite" { suite = attributes }
    if name == "testcase" { names.insert(attributes["name"] ?? "") }
    counts[name, default: 0] += 1
    path.append(name)
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    path.removeLast()
  }
}
