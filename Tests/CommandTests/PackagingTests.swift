import Foundation
import TestSupport
import Testing

/// What `make install` and the packages put onto a machine, and that nothing of it stays.
struct PackagingTests {
  private static let package = Fixtures.package

  @Test func nothingStaysOfWhatWasInstalledIntoAnEmptyRoot() throws {
    try withFolder { folder in
      let root = folder.appending(path: "root")
      let tools = try fakeTools(in: folder)
      try make("install", root, tools)
      let installed = try files(below: root)
      for file in [
        "bin/ccr-audit", "share/bash-completion/completions/ccr-audit", "share/doc/ccr-audit/docs/sources.md",
      ] {
        #expect(installed.contains("usr/\(file)"), "\(installed)")
      }
      try make("uninstall", root, tools)
      #expect(try files(below: root).isEmpty)
    }
  }

  @Test func whatOthersInstalledStays() throws {
    try withFolder { folder in
      let root = folder.appending(path: "root")
      let tools = try fakeTools(in: folder)
      let other = root.appending(path: "usr/share/man/man1/other.1")
      try FileManager.default.createDirectory(at: other.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("x".utf8).write(to: other)
      try make("install", root, tools)
      // A second install, as of a newer version, made no folders.
      try make("install", root, tools)
      try make("uninstall", root, tools)
      #expect(
        try files(below: root) == [
          "usr/", "usr/share/", "usr/share/man/", "usr/share/man/man1/", "usr/share/man/man1/other.1",
        ])
    }
  }

  /// An installed page leads to installed pages only.
  @Test func linksOfInstalledPagesLeadSomewhere() throws {
    try withFolder { folder in
      try run("/bin/sh", [Self.package.appending(path: "packaging/pages.sh").path, folder.path])
      let pages = try files(below: folder).filter { $0.hasSuffix(".md") }
      #expect(pages.count > 10)
      for page in pages {
        let place = folder.appending(path: page)
        let text = try String(contentsOf: place, encoding: .utf8)
        for link in text.matches(of: #/\]\(([^)#:]+)(?:#[^)]*)?\)/#).map(\.output.1) {
          let target = place.deletingLastPathComponent().appending(path: String(link)).standardizedFileURL.path
          #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link)")
        }
      }
    }
  }

  /// Stands for the compiler and for `strip`: an install copies what was built.
  private func fakeTools(in folder: URL) throws -> URL {
    let tools = folder.appending(path: "tools")
    try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
    let scripts = [
      "swift": "echo '\(tools.path)'", "strip": ":",
      "ccr-audit": """
      case $1 in
        --experimental-dump-help) echo '{"command": {"commandName": "ccr-audit", "abstract": "Audits."}}';;
        *) echo '#compdef ccr-audit';;
      esac
      """,
    ]
    for (name, script) in scripts {
      let file = tools.appending(path: name)
      try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    return tools
  }

  private func make(_ target: String, _ root: URL, _ tools: URL) throws {
    try run(
      "/usr/bin/env",
      [
        "PATH=\(tools.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")", "make", "-C",
        Self.package.path, "-o", "program", target, "DESTDIR=\(root.path)", "PREFIX=/usr",
      ])
  }

  private func run(_ program: String, _ arguments: [String]) throws {
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }

  /// Paths, folders with a slash at the end.
  private func files(below folder: URL) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path).map { path in
      let isFolder = try folder.appending(path: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
      return isFolder ? "\(path)/" : path
    }.sorted()
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
