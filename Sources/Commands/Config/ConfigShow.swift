import ArgumentParser
import Foundation
import Model

/// `ccr-audit config show`: what is in force, and where each value comes from.
struct ConfigShow: AuditCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table
    case json
  }

  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Prints every setting in force and where it comes from.",
    discussion: """
      A value comes from a flag, else from a variable of the environment, else from the configuration file, else it \
      is the default.
      """)

  @Option(help: "How to print.")
  var format = Format.table

  @OptionGroup(title: "Usual options")
  var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let settings = try options.settings(in: context)
    let rows =
      [Row(key: "config", values: [settings.config.value], origin: settings.config.origin)]
      + SettingKey.all.map {
        let (values, origin) = $0.show(settings)
        return Row(key: $0.name, values: values, absent: $0.absent, isList: $0.isList, origin: origin)
      }
    switch format {
    case .table:
      let bold = settings.usesColor(on: context.output, in: context)
      context.output.write(table(rows, settings, width: context.output.width ?? 80, bold: bold))
    case .json: context.output.write(try json(rows, settings))
    }
    if let beginning = settings.beginning { options.notes(in: context).note(beginning) }
  }

  private struct Row {
    var key: String
    var values: [String]
    var absent = ""
    var isList = false
    var origin: Origin
  }

  private func table(_ rows: [Row], _ settings: Settings, width: Int, bold: Bool) -> String {
    var cells = [("key", "value", "origin")]
    for row in rows {
      var origin = row.origin.description
      if row.key == "config", !settings.configExists {
        origin = origin == "default" ? "no such file" : origin + ", no such file"
      }
      cells.append((row.key, row.values.first ?? row.absent, origin))
      cells += row.values.dropFirst().map { ("", $0, "") }
    }
    let keyWidth = cells.map(\.0.count).max() ?? 0
    let valueWidth = cells.map(\.1.count).max() ?? 0
    guard keyWidth + valueWidth + (cells.map(\.2.count).max() ?? 0) + 4 <= width else {
      // A path is cut nowhere: each value stands on a line of its own, and below it where it comes from.
      return cells.dropFirst().map { key, value, origin in
        let room = width - keyWidth - 2
        let indent = String(repeating: " ", count: keyWidth + 2)
        let isShort = value.count + origin.count + 3 <= room
        return "\(padded(key, keyWidth))  \(value)"
          + (origin.isEmpty || origin == "default" ? "" : isShort ? "  (\(origin))" : "\n\(indent)(\(origin))") + "\n"
      }.joined()
    }
    let lines = cells.map { key, value, origin in
      "\(padded(key, keyWidth))  \(padded(value, valueWidth))  \(origin)".withoutTrailingSpaces
    }
    let heading = bold ? "\u{1B}[1m\(lines[0])\u{1B}[0m" : lines[0]
    return ([heading] + lines.dropFirst()).map { $0 + "\n" }.joined()
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: width - text.count)
  }
}

/// The JSON of `config show --format json`.
extension ConfigShow {
  private struct Document: Encodable {
    struct Setting: Encodable {
      var key: String
      var value: Value
      var origin: Source
    }

    enum Value: Encodable {
      case none
      case text(String)
      case list([String])

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encodeNil()
        case .text(let text): try container.encode(text)
        case .list(let texts): try container.encode(texts)
        }
      }
    }

    struct Source: Encodable {
      var kind: String
      var name: String?
      var path: String?
      var line: Int?
    }

    var schema_version = 1
    var config_exists: Bool
    var settings: [Setting]
  }

  private func json(_ rows: [Row], _ settings: Settings) throws(CommandFailure) -> String {
    let document = Document(
      config_exists: settings.configExists,
      settings: rows.map { row in
        Document.Setting(
          key: row.key,
          value: row.isList ? .list(row.values) : row.values.first.map { .text($0) } ?? .none,
          origin: source(row.origin))
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    } catch {
      throw CommandFailure("cannot write the settings as JSON")
    }
  }

  private func source(_ origin: Origin) -> Document.Source {
    switch origin {
    case .default: Document.Source(kind: "default")
    case .file(let path, let line, _): Document.Source(kind: "file", path: path, line: line)
    case .environment(let name): Document.Source(kind: "environment", name: name)
    case .flag(let name): Document.Source(kind: "flag", name: name)
    }
  }
}
