package front

import (
	"testing"

	"github.com/msredis/msredis/internal/options"
)

// No value of a secret option is shown, by whichever of its names CONFIG SET has it.
func TestConfigSetSecrets(t *testing.T) {
	t.Parallel()
	for _, row := range options.New().Rows() {
		for _, name := range []string{row.Name, row.Alias} {
			if name == "" {
				continue
			}
			secret := configSetSecrets([][]byte{[]byte("CONFIG"), []byte("SET"), []byte("timeout"), []byte("0"), []byte(name), []byte("word")})
			if secret(3) || secret(4) || secret(5) != row.Secret {
				t.Errorf("%s: %v, want %v", name, secret(5), row.Secret)
			}
		}
	}
	if !options.Secret("PrimaryAuth") || options.Secret("") || options.Secret("nosuch") {
		t.Error("the list of secrets is wrong")
	}
}
