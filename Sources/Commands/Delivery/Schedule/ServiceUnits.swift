extension Schedule {
  /// A file to be written.
  package struct UnitFile: Hashable, Sendable {
    package var name: String
    package var text: String
  }

  /// The templates of systemd/ and launchd/ with the real paths in them. None of them holds a secret.
  /// - Throws: `DeliveryError.unfitPath`.
  package func units() throws(DeliveryError) -> [UnitFile] {
    let values = try placeholders()
    var files: [UnitFile] = []
    for (path, template) in unitTemplates.sorted(by: { $0.key < $1.key }) where path.hasPrefix(templateFolder) {
      files.append(
        UnitFile(name: String(path.dropFirst(templateFolder.count)), text: Self.render(template, with: values)))
    }
    return files
  }

  /// Lines for `crontab -e`. Cron makes up for no time that the machine was off; the daily run catches up by itself.
  /// - Throws: `DeliveryError.unfitPath`.
  package func cronLines() throws(DeliveryError) -> [String] {
    let words = [UnitText.cronWord(try UnitText.checkedPath(program))]
    var options: [String] = []
    for option in self.options { options.append(UnitText.cronWord(try UnitText.checked(option))) }
    // The report of a crash would print bytes of what was being read.
    func line(_ times: String, _ job: Job, _ more: [String] = []) -> String {
      "\(times) umask 077; SWIFT_BACKTRACE=enable=no nice -n 10 "
        + (words + [job.rawValue] + options + more).joined(separator: " ")
    }
    return [
      line("*/15 * * * *", .ingest, ["--quiet"]), line("59 23 * * *", .ingest, ["--quiet"]), line("5 0 * * *", .run),
    ]
  }

  private var templateFolder: String {
    switch manager {
    case .systemdUser: "systemd/user/"
    case .systemdSystem: "systemd/system/"
    case .launchd: "launchd/"
    }
  }

  /// What the placeholders stand for; a line whose placeholder stands for nothing is left out.
  private func placeholders() throws(DeliveryError) -> [String: String?] {
    var options: [String] = []
    for option in self.options { options.append(try UnitText.checked(option)) }
    let program = try UnitText.checkedPath(program)
    if manager == .launchd {
      return [
        "@PROGRAM@": UnitText.xml(program),
        "@OPTIONS@": options.isEmpty
          ? nil : options.map { "    <string>\(UnitText.xml($0))</string>" }.joined(separator: "\n"),
        "@LOGS@": UnitText.xml(try UnitText.checkedPath(logFolder)),
      ]
    }
    guard !program.contains(where: { "\"'\\".contains($0) }) else {
      throw .unfitPath(program, reason: "systemd starts no program whose path holds quotes or backslashes")
    }
    var folders: [String] = []
    // With the minus, a folder that is gone is our error message and not systemd's.
    for folder in writable {
      folders.append(UnitText.systemdWord("-" + (try UnitText.checkedPath(folder)), doublesDollar: false))
    }
    if let credential, try UnitText.checkedPath(credential).contains("\\") {
      throw .unfitPath(credential, reason: "it holds a backslash")
    }
    if let group, !group.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x25 }) {
      throw .unfitPath(group, reason: "it is no name of a group")
    }
    return [
      "@PROGRAM@": UnitText.systemdWord(program, doublesDollar: false),
      "@OPTIONS@": options.map { " " + UnitText.systemdWord($0, doublesDollar: true) }.joined(),
      "@WRITABLE@": folders.isEmpty ? nil : folders.joined(separator: " "),
      "@GROUP@": group,
      // The rest of this line is the path as it is; only `%` means something.
      "@CREDENTIAL@": credential?.replacing("%", with: "%%"),
    ]
  }

  /// Replaces placeholders in one pass over the template, so that a path cannot bring in another placeholder.
  private static func render(_ template: String, with values: [String: String?]) -> String {
    template.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
      var rendered = ""
      var rest = line
      while let found = values.compactMap({ name, value in rest.firstRange(of: name).map { ($0, value) } })
        .min(by: { $0.0.lowerBound < $1.0.lowerBound })
      {
        guard let value = found.1 else { return nil }
        rendered += rest[..<found.0.lowerBound] + value
        rest = rest[found.0.upperBound...]
      }
      return rendered + rest
    }.joined(separator: "\n")
  }
}
