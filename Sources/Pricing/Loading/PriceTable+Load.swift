import Foundation
package import Model

/// The name and text of one pricing file. The name only tells people where a finding is.
package struct PricingFile: Hashable, Sendable {
  package var name: String
  package var text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

extension PriceTable {
  /// The largest file that is believed to be a pricing file, bytes.
  private static let largestFile = 4 << 20

  /// Reads every `*.yaml` and `*.yml` file of a folder, not of folders inside.
  /// - Throws: `PricingError`; for bad content, all the findings at once.
  /// - Parameters:
  ///   - catalogue: the layer below, if any.
  ///   - today: what day it is, UTC, to tell days that lie ahead.
  ///   - mayBeEmpty: whether a folder without files is one, and not the place of a disk that is not mounted.
  package static func load(
    folder path: String, over catalogue: Catalogue? = nil, today: CivilDay? = nil, mayBeEmpty: Bool = true
  ) throws(PricingError) -> PriceTable {
    let (files, findings) = try files(inFolder: path)
    guard !files.isEmpty || !findings.isEmpty || (catalogue != nil && mayBeEmpty) else { throw .noFiles(path: path) }
    return try load(files: files, findings: findings, over: catalogue, today: today)
  }

  /// The pricing files of a folder, which may hold none.
  package static func files(ofFolder path: String) throws(PricingError) -> [PricingFile] {
    let (files, findings) = try files(inFolder: path)
    guard !findings.contains(where: { $0.severity == .error }) else { throw .invalid(findings) }
    return files
  }

  private static func files(inFolder path: String) throws(PricingError) -> ([PricingFile], [Diagnostic]) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw .noFolder(path: path)
    }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    func isPricing(_ name: String) -> Bool {
      !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
    }
    let wanted = names.filter(isPricing).sorted()
    var files: [PricingFile] = []
    var findings: [Diagnostic] = []
    for name in names.sorted() where !name.hasPrefix(".") && !isPricing(name) {
      guard let first = firstFile(under: "\(path)/\(name)", where: isPricing) else { continue }
      var finding = Place(file: "\(path)/\(name)/\(first)", line: 1, column: 1)
        .error("a folder inside the pricing folder is not read; put its files beside the others")
      finding.severity = .warning
      findings.append(finding)
    }
    for name in wanted {
      let file = URL(fileURLWithPath: path).appendingPathComponent(name).resolvingSymlinksInPath()
      let shown = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      let data: Data
      do {
        // A device or a socket would block or never end.
        guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile ?? false else {
          throw PricingError.unreadable(path: shown, reason: "it is not a file")
        }
        data = try SettledFile.reading(file.path(percentEncoded: false)) { try Data(contentsOf: file) }
      } catch let error as PricingError {
        throw error
      } catch {
        throw .unreadable(path: shown, reason: error.localizedDescription)
      }
      guard data.count <= largestFile else { throw .unreadable(path: shown, reason: "it is larger than 4 MiB") }
      if let text = String(validating: data, as: UTF8.self) {
        files.append(PricingFile(name: shown, text: text))
      } else {
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        findings.append(Place(file: shown, line: bad + 1, column: 1).error("this line is not UTF-8"))
      }
    }
    return (files, findings)
  }

  /// The first file at any depth of a folder, hidden ones left out; of more than anybody's prices only some are seen.
  private static func firstFile(under folder: String, where isWanted: (String) -> Bool) -> String? {
    guard let paths = FileManager.default.enumerator(atPath: folder) else { return nil }
    var found: String?
    for _ in 0..<10_000 {
      guard let path = paths.nextObject() as? String else { break }
      let names = path.split(separator: "/")
      guard let name = names.last, isWanted(String(name)), !names.contains(where: { $0.hasPrefix(".") }) else {
        continue
      }
      found = min(found ?? path, path)
    }
    return found
  }

  /// Reads files that are already in memory.
  /// - Throws: `PricingError.invalid` with all the findings at once.
  /// - Parameter catalogue: the layer below, if any.
  package static func load(
    files: [PricingFile], over catalogue: Catalogue? = nil, today: CivilDay? = nil
  ) throws(PricingError) -> PriceTable {
    try load(files: files, findings: [], over: catalogue, today: today)
  }

  private static func load(
    files: [PricingFile], findings: [Diagnostic], over catalogue: Catalogue?, today: CivilDay?
  ) throws(PricingError) -> PriceTable {
    var findings = findings
    var parsed: [ParsedFile] = []
    for file in files {
      var reader = FileReader(file: file.name, today: today)
      if let content = reader.read(file.text) { parsed.append(content) }
      findings += reader.yaml.findings
    }
    var builder = TableBuilder(over: catalogue)
    let table = builder.build(parsed, warnings: findings)
    findings += builder.findings
    guard !findings.contains(where: { $0.severity == .error }) else {
      throw .invalid(findings.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) })
    }
    return table
  }
}
