//go:build !unix

package front

func measureCPU() cpuUse { return cpuUse{} }

func residentBytes() uint64 { return 0 }

func systemMemory() uint64 { return 0 }

func systemName() string { return osName() }
