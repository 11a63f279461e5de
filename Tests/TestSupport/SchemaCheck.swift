import Foundation
import Yams

/// What a JSON Schema says about YAML, by Python's jsonschema: a validator that nobody here wrote.
package struct SchemaCheck: Sendable {
  /// Why tests with it are skipped where it is missing.
  package static let missing = "Python's jsonschema is missing (Debian: python3-jsonschema)"

  /// Whether it is there.
  package static let isAvailable = (try? run("import jsonschema", input: "")) != nil

  private let schema: String

  /// A check by a schema; the schema itself is checked first.
  package init(_ schema: String) { self.schema = schema }

  /// The first complaint about each text; an empty one where there is none, `nil` where the text is no YAML.
  package func complaints(about texts: [String]) throws -> [String?] {
    let instances = texts.map { text in (try? Yams.compose(yaml: text, .basic)).flatMap { $0 }.map(Self.json) }
    let input = "{\"schema\": \(schema), \"instances\": [\(instances.map { $0 ?? "null" }.joined(separator: ","))]}"
    let output = try Self.run(Self.script, input: input)
    let answers = try JSONDecoder().decode([String].self, from: Data(output.utf8))
    return zip(instances, answers).map { instance, answer in instance == nil ? nil : answer }
  }

  private static let script = """
    import json, sys
    from jsonschema import Draft202012Validator, FormatChecker
    whole = json.load(sys.stdin)
    Draft202012Validator.check_schema(whole["schema"])
    validator = Draft202012Validator(whole["schema"], format_checker=FormatChecker())
    def first(instance):
        error = next(iter(validator.iter_errors(instance)), None)
        return "" if error is None else (str(list(error.absolute_path)) + " " + error.message)[:300]
    json.dump([first(instance) for instance in whole["instances"]], sys.stdout)
    """

  private struct Failed: Error {}

  private static func run(_ script: String, input: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "schema-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "input.json")
    try Data(input.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let output = Pipe()
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: data, as: UTF8.self)
  }

  /// A node as editors read YAML: by the core schema of YAML 1.2, in which dates are texts.
  private static func json(_ node: Node) -> String {
    switch node {
    case .sequence(let nodes): "[" + nodes.map(json).joined(separator: ",") + "]"
    case .mapping(let pairs):
      "{" + pairs.map { quoted($0.key.scalar?.string ?? "") + ":" + json($0.value) }.joined(separator: ",") + "}"
    case .scalar(let scalar) where scalar.style == .plain: plain(scalar.string)
    case .scalar(let scalar): quoted(scalar.string)
    case .alias: "null"
    }
  }

  private static func plain(_ text: String) -> String {
    if ["", "~", "null", "Null", "NULL"].contains(text) { return "null" }
    if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) { return text.lowercased() }
    // Most values are words and dates, and a regular expression is made anew each time.
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first),
      !text.dropFirst().contains(where: { $0 == "-" || $0 == ":" || $0 == "/" }) || text.lowercased().contains("e")
    else { return quoted(text) }
    if text.wholeMatch(of: #/[-+]?[0-9]+/#) != nil { return number(text) }
    if text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil {
      return Double(text).map { "\($0)" } ?? "0.5"
    }
    if text.wholeMatch(of: #/0x[0-9a-fA-F]+/#) != nil {
      return Int(text.dropFirst(2), radix: 16).map(String.init) ?? "1"
    }
    return [".nan", ".NaN", ".NAN"].contains(text) ? "NaN" : quoted(text)
  }

  /// JSON knows neither a plus nor zeros in front.
  private static func number(_ text: String) -> String {
    let digits = text.drop { "+-".contains($0) }.drop { $0 == "0" }
    return (text.hasPrefix("-") ? "-" : "") + (digits.isEmpty ? "0" : digits)
  }

  private static func quoted(_ text: String) -> String {
    String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
  }
}
